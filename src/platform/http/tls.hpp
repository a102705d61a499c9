#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "florin/base/result.hpp"

namespace florin::http {

struct FreeTls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsSession = std::unique_ptr<SSL, FreeTls>;

/// TLS 1.3 only, with session tickets. Error `invalid`/`bad_certificate`.
Result<TlsContext> tls_for_server(const std::string& certificate_file, const std::string& key_file);

/// TLS 1.2 and later; certificates are verified against the system's store, or against
/// `authority_file` where one is given. Error `invalid`/`bad_certificate`.
Result<TlsContext> tls_for_client(const std::string& authority_file);

/// A client's session that accepts nobody but `host`, a name or a numeric address.
TlsSession tls_session_to(SSL_CTX& context, const std::string& host);

/// What OpenSSL says went wrong last on this thread.
std::string tls_failure();

}  // namespace florin::http
