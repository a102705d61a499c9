#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/octets.hpp"

namespace florin::security {

/// A key in memory: cannot be copied or printed, and is overwritten when it goes away.
class SecretKey {
public:
    static constexpr std::size_t size = 32;
    SecretKey() = default;
    SecretKey(const SecretKey&) = delete;
    SecretKey& operator=(const SecretKey&) = delete;
    SecretKey(SecretKey&& other) noexcept;
    SecretKey& operator=(SecretKey&& other) noexcept;
    ~SecretKey();
    Octets expose() const { return bytes_; }
    /// Where the key's bytes are put in.
    std::span<std::uint8_t> fill() { return bytes_; }

private:
    std::array<std::uint8_t, size> bytes_{};
};

/// What may be told of a key.
struct KeyInfo {
    std::string id;  ///< Eight hex digits; stands in every ciphertext that the key made.
    Instant created_at;
    bool is_active = false;  ///< Seals. All others only open what they sealed.
};

/// The keys under which fields are encrypted, in `DIR/keys.json` (mode 0600). A ring that cannot be
/// read, that others may read or that is not whole is an error and never replaced: there is no way on
/// without it (F132). Any thread.
///
/// A sealed text is: version 1 (1 byte), key id (4), salt (16), nonce (12), AES-256-GCM ciphertext,
/// tag (16). Each is made under its own key, HKDF-SHA256(key, salt), so the bound of 2^32 messages
/// for a key with random nonces is never near: two texts would have to share salt and nonce, 224
/// random bits (F131).
class KeyRing {
public:
    /// Errors (`unavailable`): `key_ring_missing`, `key_ring_unreadable`, `key_ring_too_open` (the file
    /// may be read by others, or it or its directory changed by them), `key_ring_malformed`.
    static Result<std::unique_ptr<KeyRing>> load(const std::string& directory, World world);
    /// As `load`, but a missing ring is made, with its directory (mode 0700). Only for a first start:
    /// beside a database that already holds sealed texts, a missing ring is a loss to be told.
    static Result<std::unique_ptr<KeyRing>> load_or_create(const std::string& directory, World world);
    /// A ring without a file, for simulation and tests.
    static std::unique_ptr<KeyRing> in_memory(World world);

    ~KeyRing();
    KeyRing(const KeyRing&) = delete;

    /// `context` names the place, `table.column.merchant.row`: opened under another, the text is
    /// refused, so a ciphertext cannot be moved to another row.
    std::vector<std::uint8_t> seal(Octets plaintext, std::string_view context) const;
    /// Errors (`unavailable`): `sealed_text_refused` (changed, cut or from another place) and
    /// `key_missing` (sealed by a key that is not in the ring, also after reading the file again).
    Result<std::string> open(Octets sealed, std::string_view context) const;
    /// True for what another key than the active one has sealed.
    bool needs_rewrap(Octets sealed) const;

    /// Tells other processes of the ring that is about to be this one's; `text` is the ring's file and
    /// must leave the process only wrapped. Its error ends the rotation, and nothing has changed.
    using Publish = std::function<Result<void>(std::string_view text)>;
    /// Adds a new active key and keeps the old ones for reading. It is published before anything is
    /// sealed under it. Other processes with the same file read it when they meet the new key, or on
    /// `reload`. Two rotations at once happen one after the other.
    Result<KeyInfo> rotate(const Publish& publish = {});
    /// Reads the file again. When that fails the ring stays as it was.
    Result<void> reload() const;

    /// The ring's text as processes with files of their own share it; nothing when it cannot be had.
    using Source = std::function<std::optional<std::string>()>;
    /// What `open` asks, within the call, when neither the ring nor its file has a key; for one key
    /// that nobody has, at most once a second. Before the ring is used by other threads.
    void set_source(Source source);
    /// Takes the keys of a ring of the same origin that this one lacks, and keeps them in the file.
    /// The newest key of both is active. True when something was new. Errors: those of `load`, and
    /// `conflict`/`key_ring_differs` for a ring of another origin.
    Result<bool> adopt(std::string_view text) const;
    /// The ring's text, to be shared as `Publish` has it.
    std::string text() const;
    /// Seals a ring's text for the way between processes, under a secret that all rings of one origin
    /// have from the start: also one that has missed rotations opens it.
    std::string wrap(std::string_view text) const;
    /// Error `sealed_text_refused`.
    Result<std::string> unwrap(std::string_view wrapped) const;

    std::vector<KeyInfo> keys() const;

    /// A key for one purpose ("idempotency.fingerprint", "audit.chain"), from a secret of the ring
    /// that never rotates: the same for ever.
    SecretKey derive(std::string_view purpose) const;

private:
    struct Ring;
    struct Impl;
    void look_elsewhere(Octets id) const;
    explicit KeyRing(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::security
