//! Records, world rows and blobs: memory and disk behind one contract.
