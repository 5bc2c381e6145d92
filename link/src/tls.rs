//! The cryptography behind https and wss: ring, chosen once for the process.

/// Must run before the first client is built: neither reqwest nor tungstenite brings a provider.
pub(crate) fn install_provider() {
    // An error means that there is one already, ours or that of the program we are part of.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
