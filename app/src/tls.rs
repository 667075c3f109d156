//! TLS: rustls with ring, for those who speak to the world; and none for those who speak to devices.

use std::sync::Arc;

use reqwest::ClientBuilder;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};

/// Makes ring the process's cryptography, unless another is chosen already.
///
/// reqwest panics where a client is built before this, unless it is built [`without_tls`].
pub fn ready() {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been faster.
        let _ = ring::default_provider().install_default();
    }
}

/// A client that never uses TLS: it trusts nobody, and reads no certificates of the system, which may have none.
pub fn without_tls(client: ClientBuilder) -> ClientBuilder {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    match config.with_safe_default_protocol_versions() {
        Ok(config) => {
            let nobody = RootCertStore::empty();
            client.tls_backend_preconfigured(config.with_root_certificates(nobody).with_no_client_auth())
        }
        // ring has ciphers for them, so this does not happen; but a client must not panic.
        Err(_) => {
            ready();
            client
        }
    }
}
