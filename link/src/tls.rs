//! The secure side of https and wss: ring, and the certificates this machine trusts.
//!
//! Socket and HTTP share one configuration, so that a world is either reachable by both or by
//! neither. It is ours, not the process-wide default: whoever links us keeps their own.

use std::sync::{Arc, OnceLock};

use rustls::client::WantsClientCert;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// What both kinds of connection use. Reading the machine's certificates takes a moment, so it is
/// done once.
pub(crate) fn client() -> ClientConfig {
    static SHARED: OnceLock<ClientConfig> = OnceLock::new();
    SHARED.get_or_init(|| verifying().with_no_client_auth()).clone()
}

fn verifying() -> ConfigBuilder<ClientConfig, WantsClientCert> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has a cipher for every default version");
    // A container without certificates must still reach a world on this machine, over plain HTTP,
    // and the client for that is not built without any.
    builder.clone().with_platform_verifier().unwrap_or_else(|error| {
        tracing::debug!(%error, "no certificates on this machine, taking Mozilla's");
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        builder.with_root_certificates(roots.collect::<RootCertStore>())
    })
}
