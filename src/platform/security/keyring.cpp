#include "florin/security/keyring.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include "florin/base/check.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "key_file.hpp"
#include "seal.hpp"

namespace florin::security {
namespace {

constexpr const char* file_name = "keys.json";
constexpr const char* lock_name = "keys.lock";
constexpr std::uint8_t version = 1;
constexpr std::size_t id_size = 4;
constexpr std::size_t salt_size = 16;
constexpr std::size_t header_size = 1 + id_size;
constexpr std::size_t overhead = header_size + salt_size + gcm_nonce_size + gcm_tag_size;

struct Key {
    std::array<std::uint8_t, id_size> id{};
    Instant created_at;
    SecretKey secret;
};

template <class Bytes>
void fill(Random& random, Bytes&& bytes) {
    random.fill(std::as_writable_bytes(std::span{bytes}));
}

Error malformed(std::string_view what) {
    return {ErrorKind::unavailable, "key_ring_malformed",
            std::string{file_name} + ": " + std::string{what} + ". Restore it from a backup.", ""};
}
std::unexpected<Error> missing(const std::string& directory) {
    return fail(ErrorKind::unavailable, "key_ring_missing",
                directory + "/" + file_name +
                    " does not exist. Restore it from a backup: without it, what is sealed stays so.");
}

/// The member's text when it is a string, nothing otherwise.
std::optional<std::string_view> text_of(const json::Value& object, std::string_view name) {
    const json::Value* const value = object.find(name);
    if (value == nullptr || value->kind() != json::Kind::string) return std::nullopt;
    return value->text();
}

bool read_secret(const json::Value& object, std::string_view name, SecretKey& secret) {
    const auto text = text_of(object, name);
    if (!text) return false;
    auto bytes = from_base64url(*text);
    if (!bytes) return false;
    const bool is_good = bytes->size() == SecretKey::size;
    if (is_good) std::copy(bytes->begin(), bytes->end(), secret.fill().begin());
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return is_good;
}

void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

/// The key of one sealed text. A text sealed by one key never shares its subkey with another.
SecretKey subkey(const Key& key, Octets salt) {
    SecretKey derived;
    hkdf_sha256(key.secret.expose(), salt, "florin.seal.1", derived.fill());
    return derived;
}

/// Header and place, both bound to the ciphertext.
std::string additional_data(Octets header, std::string_view context) {
    std::string data{header.text()};
    data.append(context);
    return data;
}

}  // namespace

SecretKey::SecretKey(SecretKey&& other) noexcept { *this = std::move(other); }
SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        OPENSSL_cleanse(other.bytes_.data(), size);
    }
    return *this;
}
SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), size); }

/// Never changed once it is made: readers keep the one they have while another takes its place.
struct KeyRing::Ring {
    SecretKey purpose_secret;
    std::vector<Key> keys;
    std::size_t active = 0;

    const Key* find(Octets id) const {
        for (const Key& key : keys) {
            if (std::equal(id.begin(), id.end(), key.id.begin())) return &key;
        }
        return nullptr;
    }
    std::string to_json() const {
        std::string out;
        // Room for all, so that no growing string leaves a copy behind.
        out.reserve(256 + keys.size() * 192);
        json::Writer writer{out};
        writer.open('{').field("version", 1);
        writer.field("purpose_secret", to_base64url(purpose_secret.expose()));
        writer.key("keys").open('[');
        for (const Key& key : keys) {
            writer.open('{').field("id", to_hex(key.id)).field("created_at", key.created_at);
            writer.field("status", &key == &keys[active] ? "active" : "retired");
            writer.field("secret", to_base64url(key.secret.expose())).close('}');
        }
        writer.close(']').close('}');
        out.push_back('\n');
        return out;
    }
    static Result<std::shared_ptr<const Ring>> from_json(std::string_view text) {
        const auto document = json::parse(text);
        if (!document) return fail(malformed("not JSON"));
        const json::Value* const number = document->find("version");
        if (number == nullptr || number->kind() != json::Kind::number || number->integer() != 1) {
            return fail(malformed("not a key ring of version 1"));
        }
        auto ring = std::make_shared<Ring>();
        if (!read_secret(*document, "purpose_secret", ring->purpose_secret)) {
            return fail(malformed("purpose_secret is not 32 bytes of base64url"));
        }
        const json::Value* const keys = document->find("keys");
        if (keys == nullptr || keys->kind() != json::Kind::array || keys->items().empty()) {
            return fail(malformed("it has no keys"));
        }
        std::size_t active_count = 0;
        for (const json::Value& item : keys->items()) {
            Key key;
            const auto id = from_hex(text_of(item, "id").value_or(""));
            const auto created_at = parse_instant(text_of(item, "created_at").value_or(""));
            const auto status = text_of(item, "status").value_or("");
            if (!id || id->size() != id_size || !created_at || (status != "active" && status != "retired") ||
                !read_secret(item, "secret", key.secret)) {
                return fail(malformed("a key lacks id, created_at, status or secret"));
            }
            if (ring->find(*id) != nullptr) return fail(malformed("two keys have one id"));
            std::copy(id->begin(), id->end(), key.id.begin());
            key.created_at = *created_at;
            if (status == "active") {
                ring->active = ring->keys.size();
                ++active_count;
            }
            ring->keys.push_back(std::move(key));
        }
        if (active_count != 1) return fail(malformed("not exactly one key is active"));
        return ring;
    }
};

struct KeyRing::Impl {
    std::string directory;  ///< Empty for a ring in memory.
    World world;
    std::shared_ptr<const Ring> ring{};
    std::shared_mutex mutex{};

    std::shared_ptr<const Ring> current() {
        const std::shared_lock lock{mutex};
        return ring;
    }
    void become(std::shared_ptr<const Ring> next) {
        const std::unique_lock lock{mutex};
        ring = std::move(next);
    }

    /// The keys of `before` and a new one, which is active.
    std::shared_ptr<Ring> with_new_key(const Ring* before) const {
        auto next = std::make_shared<Ring>();
        if (before == nullptr) {
            fill(world.random, next->purpose_secret.fill());
        } else {
            std::ranges::copy(before->purpose_secret.expose(), next->purpose_secret.fill().begin());
            for (const Key& old : before->keys) {
                Key& kept = next->keys.emplace_back();
                kept.id = old.id;
                kept.created_at = old.created_at;
                std::ranges::copy(old.secret.expose(), kept.secret.fill().begin());
            }
        }
        Key key;
        do fill(world.random, key.id);
        while (next->find(key.id) != nullptr);
        key.created_at = world.clock.now();
        fill(world.random, key.secret.fill());
        next->active = next->keys.size();
        next->keys.push_back(std::move(key));
        return next;
    }

    Result<void> save(const Ring& next) const {
        std::string text = next.to_json();
        auto saved = replace_private_file(directory, file_name, text);
        wipe(text);
        return saved;
    }

    /// Null when there is no file.
    Result<std::shared_ptr<const Ring>> read() const {
        auto text = read_private_file(directory, file_name);
        if (!text) return fail(std::move(text.error()));
        if (!*text) return std::shared_ptr<const Ring>{};
        auto ring_read = Ring::from_json(**text);
        wipe(**text);
        return ring_read;
    }
};

KeyRing::KeyRing(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
KeyRing::~KeyRing() = default;

Result<std::unique_ptr<KeyRing>> KeyRing::load(const std::string& directory, World world) {
    auto impl = std::make_unique<Impl>(directory, world);
    auto ring = impl->read();
    if (!ring) return fail(std::move(ring.error()));
    if (!*ring) return missing(directory);
    impl->ring = std::move(*ring);
    return std::unique_ptr<KeyRing>{new KeyRing{std::move(impl)}};
}

Result<std::unique_ptr<KeyRing>> KeyRing::load_or_create(const std::string& directory, World world) {
    if (auto made = make_private_directory(directory); !made) return fail(std::move(made.error()));
    const Impl maker{directory, world};
    // Two processes that start at once must not each make a ring, or one would seal under a lost key.
    const auto made = locked(directory, lock_name, [&]() -> Result<void> {
        const auto ring = maker.read();
        if (!ring) return fail(ring.error());
        return *ring ? Result<void>{} : maker.save(*maker.with_new_key(nullptr));
    });
    if (!made) return fail(made.error());
    return load(directory, world);
}

std::unique_ptr<KeyRing> KeyRing::in_memory(World world) {
    auto impl = std::make_unique<Impl>("", world);
    impl->ring = impl->with_new_key(nullptr);
    return std::unique_ptr<KeyRing>{new KeyRing{std::move(impl)}};
}

std::vector<std::uint8_t> KeyRing::seal(Octets plaintext, std::string_view context) const {
    const auto ring = impl_->current();
    const Key& key = ring->keys[ring->active];
    std::vector<std::uint8_t> out;
    out.reserve(overhead + plaintext.size());
    out.push_back(version);
    out.insert(out.end(), key.id.begin(), key.id.end());
    std::array<std::uint8_t, salt_size + gcm_nonce_size> chance;
    fill(impl_->world.random, chance);
    out.insert(out.end(), chance.begin(), chance.end());
    const Octets salt = Octets{chance}.part(0, salt_size);
    const Octets nonce = Octets{chance}.after(salt_size);
    const std::string aad = additional_data(Octets{out}.part(0, header_size), context);
    append_gcm_sealed(out, subkey(key, salt).expose(), nonce, aad, plaintext);
    return out;
}

Result<std::string> KeyRing::open(Octets sealed, std::string_view context) const {
    const auto refuse = [] {
        return fail(ErrorKind::unavailable, "sealed_text_refused",
                    "An encrypted field was changed, cut or moved from another place.");
    };
    if (sealed.size() < overhead || sealed[0] != version) return refuse();
    auto ring = impl_->current();
    const Octets id = sealed.part(1, id_size);
    const Key* key = ring->find(id);
    if (key == nullptr && reload()) {
        // Another process has rotated since we read the file.
        ring = impl_->current();
        key = ring->find(id);
    }
    if (key == nullptr) {
        return fail(ErrorKind::unavailable, "key_missing", "No key of the ring has the id " + to_hex(id) + ".");
    }
    const Octets salt = sealed.part(header_size, salt_size);
    const Octets nonce = sealed.part(header_size + salt_size, gcm_nonce_size);
    const Octets body = sealed.after(header_size + salt_size + gcm_nonce_size);
    std::string plaintext;
    const std::string aad = additional_data(sealed.part(0, header_size), context);
    if (!open_gcm(plaintext, subkey(*key, salt).expose(), nonce, aad, body)) return refuse();
    return plaintext;
}

bool KeyRing::needs_rewrap(Octets sealed) const {
    const auto ring = impl_->current();
    return sealed.size() < overhead || sealed[0] != version ||
           ring->find(sealed.part(1, id_size)) != &ring->keys[ring->active];
}

Result<KeyInfo> KeyRing::rotate() {
    std::shared_ptr<Ring> next;
    if (impl_->directory.empty()) {
        next = impl_->with_new_key(impl_->current().get());
    } else {
        const auto rotated = locked(impl_->directory, lock_name, [&]() -> Result<void> {
            // From the file, not from memory: another process may have added a key.
            const auto ring = impl_->read();
            if (!ring) return fail(ring.error());
            if (!*ring) return missing(impl_->directory);
            next = impl_->with_new_key(ring->get());
            return impl_->save(*next);
        });
        if (!rotated) return fail(rotated.error());
    }
    impl_->become(next);
    return keys()[next->active];
}

Result<void> KeyRing::reload() const {
    if (impl_->directory.empty()) return {};
    auto ring = impl_->read();
    if (!ring) return fail(std::move(ring.error()));
    if (!*ring) return missing(impl_->directory);
    impl_->become(std::move(*ring));
    return {};
}

std::vector<KeyInfo> KeyRing::keys() const {
    const auto ring = impl_->current();
    std::vector<KeyInfo> all;
    for (const Key& key : ring->keys)
        all.push_back({to_hex(key.id), key.created_at, &key == &ring->keys[ring->active]});
    return all;
}

SecretKey KeyRing::derive(std::string_view purpose) const {
    SecretKey derived;
    hkdf_sha256(impl_->current()->purpose_secret.expose(), "", "florin.purpose." + std::string{purpose},
                derived.fill());
    return derived;
}

}  // namespace florin::security
