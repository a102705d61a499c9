#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "florin/base/check.hpp"

namespace florin::http::test {

/// A certificate for 127.0.0.1 that vouches for itself, in files of its own.
class Certificate {
public:
    Certificate() {
        char pattern[] = "/tmp/florin-http-XXXXXX";
        check(mkdtemp(pattern) != nullptr, "the test has a folder");
        folder_ = pattern;
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
        const std::unique_ptr<X509, decltype(&X509_free)> x509{X509_new(), X509_free};
        X509_set_version(x509.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
        X509_set_pubkey(x509.get(), key.get());
        X509_NAME* name = X509_get_subject_name(x509.get());
        const unsigned char common_name[] = "florin test";
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0);
        X509_set_issuer_name(x509.get(), name);
        X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
        X509_add_ext(x509.get(), names, -1);
        X509_EXTENSION_free(names);
        check(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0, "the test's certificate is signed");

        FILE* file = std::fopen(certificate_file().c_str(), "w");
        PEM_write_X509(file, x509.get());
        std::fclose(file);
        file = std::fopen(key_file().c_str(), "w");
        PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }
    Certificate(const Certificate&) = delete;
    ~Certificate() { std::filesystem::remove_all(folder_); }

    std::string certificate_file() const { return folder_ + "/certificate.pem"; }
    std::string key_file() const { return folder_ + "/key.pem"; }

private:
    std::string folder_;
};

}  // namespace florin::http::test
