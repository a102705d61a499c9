#include "florin/security/keyring.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <map>
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
constexpr std::uint8_t ring_version = 1;
constexpr std::size_t id_size = 4;
constexpr std::size_t salt_size = 16;
constexpr std::size_t header_size = 1 + id_size;
/// What is sealed for other processes is under a key that no ring names.
constexpr std::string_view wrapping_purpose = "key-ring.wrap";
constexpr std::string_view wrapping_place = "key-ring";
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

std::unexpected<Error> sealed_text_refused() {
    return fail(ErrorKind::unavailable, "sealed_text_refused",
                "An encrypted field was changed, cut or moved from another place.");
}

std::vector<std::uint8_t> seal_under(const Key& key, Random& random, Octets plaintext, std::string_view context) {
    std::vector<std::uint8_t> out;
    out.reserve(overhead + plaintext.size());
    out.push_back(ring_version);
    out.insert(out.end(), key.id.begin(), key.id.end());
    std::array<std::uint8_t, salt_size + gcm_nonce_size> chance;
    fill(random, chance);
    out.insert(out.end(), chance.begin(), chance.end());
    const Octets salt = Octets{chance}.part(0, salt_size);
    const Octets nonce = Octets{chance}.after(salt_size);
    const std::string aad = additional_data(Octets{out}.part(0, header_size), context);
    append_gcm_sealed(out, subkey(key, salt).expose(), nonce, aad, plaintext);
    return out;
}

/// `sealed` is as long as its overhead at least.
Result<std::string> open_under(const Key& key, Octets sealed, std::string_view context) {
    const Octets salt = sealed.part(header_size, salt_size);
    const Octets nonce = sealed.part(header_size + salt_size, gcm_nonce_size);
    const Octets body = sealed.after(header_size + salt_size + gcm_nonce_size);
    std::string plaintext;
    const std::string aad = additional_data(sealed.part(0, header_size), context);
    if (!open_gcm(plaintext, subkey(key, salt).expose(), nonce, aad, body)) return sealed_text_refused();
    return plaintext;
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
    Source source{};
    /// Held while somebody looks for a key elsewhere, so that others wait for what is found.
    std::mutex searching{};
    /// Keys that were looked for in vain, and when.
    std::map<std::string, std::int64_t> missed_at_ns{};

    std::shared_ptr<const Ring> current() {
        const std::shared_lock lock{mutex};
        return ring;
    }
    void become(std::shared_ptr<const Ring> next) {
        const std::unique_lock lock{mutex};
        ring = std::move(next);
    }

    static std::shared_ptr<Ring> copy_of(const Ring& before) {
        auto copy = std::make_shared<Ring>();
        std::ranges::copy(before.purpose_secret.expose(), copy->purpose_secret.fill().begin());
        for (const Key& key : before.keys) add_copy(*copy, key);
        copy->active = before.active;
        return copy;
    }
    static void add_copy(Ring& to, const Key& key) {
        Key& kept = to.keys.emplace_back();
        kept.id = key.id;
        kept.created_at = key.created_at;
        std::ranges::copy(key.secret.expose(), kept.secret.fill().begin());
    }

    /// The keys of both, the newest active; null when `ours` has them all.
    static std::shared_ptr<Ring> merged(const Ring& ours, const Ring& theirs) {
        std::shared_ptr<Ring> both;
        for (const Key& key : theirs.keys) {
            if (ours.find(key.id) != nullptr) continue;
            if (!both) both = copy_of(ours);
            add_copy(*both, key);
        }
        if (!both) return nullptr;
        const auto newest =
            std::ranges::max_element(both->keys, {}, [](const Key& key) { return std::pair{key.created_at, key.id}; });
        both->active = static_cast<std::size_t>(newest - both->keys.begin());
        return both;
    }

    /// The keys of `before` and a new one, which is active.
    std::shared_ptr<Ring> with_new_key(const Ring* before) const {
        auto next = before == nullptr ? std::make_shared<Ring>() : copy_of(*before);
        if (before == nullptr) fill(world.random, next->purpose_secret.fill());
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
    return seal_under(ring->keys[ring->active], impl_->world.random, plaintext, context);
}

Result<std::string> KeyRing::open(Octets sealed, std::string_view context) const {
    if (sealed.size() < overhead || sealed[0] != ring_version) return sealed_text_refused();
    auto ring = impl_->current();
    const Octets id = sealed.part(1, id_size);
    if (ring->find(id) == nullptr) {
        look_elsewhere(id);
        ring = impl_->current();
    }
    const Key* const key = ring->find(id);
    if (key == nullptr) {
        return fail(ErrorKind::unavailable, "key_missing", "No key of the ring has the id " + to_hex(id) + ".");
    }
    return open_under(*key, sealed, context);
}

/// Another process may have rotated since we read the file, or since we heard of the others.
void KeyRing::look_elsewhere(Octets id) const {
    constexpr std::int64_t pause_ns = 1'000'000'000;
    constexpr std::size_t most_missed = 256;
    const std::lock_guard lock{impl_->searching};
    if (impl_->current()->find(id) != nullptr) return;
    const std::int64_t now_ns = impl_->world.clock.monotonic_ns();
    const auto missed = impl_->missed_at_ns.find(to_hex(id));
    if (missed != impl_->missed_at_ns.end() && now_ns - missed->second < pause_ns) return;
    const auto is_found = [&] { return impl_->current()->find(id) != nullptr; };
    if (reload() && is_found()) return;
    if (impl_->source) {
        if (auto text = impl_->source()) {
            const auto adopted = adopt(*text);
            wipe(*text);
            if (adopted && is_found()) return;
        }
    }
    if (impl_->missed_at_ns.size() >= most_missed) impl_->missed_at_ns.clear();
    impl_->missed_at_ns[to_hex(id)] = now_ns;
}

bool KeyRing::needs_rewrap(Octets sealed) const {
    const auto ring = impl_->current();
    return sealed.size() < overhead || sealed[0] != ring_version ||
           ring->find(sealed.part(1, id_size)) != &ring->keys[ring->active];
}

Result<KeyInfo> KeyRing::rotate(const Publish& publish) {
    std::shared_ptr<Ring> next;
    const auto tell_others = [&]() -> Result<void> {
        if (!publish) return {};
        std::string text = next->to_json();
        auto told = publish(text);
        wipe(text);
        return told;
    };
    if (impl_->directory.empty()) {
        next = impl_->with_new_key(impl_->current().get());
        if (auto told = tell_others(); !told) return fail(std::move(told.error()));
        impl_->become(next);
    } else {
        const auto rotated = locked(impl_->directory, lock_name, [&]() -> Result<void> {
            // From the file, not from memory: another process may have added a key.
            const auto ring = impl_->read();
            if (!ring) return fail(ring.error());
            if (!*ring) return missing(impl_->directory);
            next = impl_->with_new_key(ring->get());
            if (auto told = tell_others(); !told) return told;
            if (auto saved = impl_->save(*next); !saved) return saved;
            // Under the lock, or a ring that was read later could be in place before, and this one take its place.
            impl_->become(next);
            return {};
        });
        if (!rotated) return fail(rotated.error());
    }
    const Key& made = next->keys[next->active];
    return KeyInfo{to_hex(made.id), made.created_at, true};
}

void KeyRing::set_source(Source source) { impl_->source = std::move(source); }

Result<bool> KeyRing::adopt(std::string_view text) const {
    auto theirs = Ring::from_json(text);
    if (!theirs) return fail(std::move(theirs.error()));
    bool is_new = false;
    const auto merge_into = [&](const Ring& ours) -> Result<std::shared_ptr<const Ring>> {
        if (!constant_time_equal(ours.purpose_secret.expose(), (*theirs)->purpose_secret.expose()))
            return fail(ErrorKind::conflict, "key_ring_differs", "That key ring has another origin.");
        auto both = Impl::merged(ours, **theirs);
        is_new = both != nullptr;
        return std::shared_ptr<const Ring>{std::move(both)};
    };
    std::shared_ptr<const Ring> next;
    if (impl_->directory.empty()) {
        auto both = merge_into(*impl_->current());
        if (!both) return fail(std::move(both.error()));
        next = std::move(*both);
        if (next) impl_->become(std::move(next));
    } else {
        const auto kept = locked(impl_->directory, lock_name, [&]() -> Result<void> {
            auto ours = impl_->read();
            if (!ours) return fail(std::move(ours.error()));
            if (!*ours) return missing(impl_->directory);
            auto both = merge_into(**ours);
            if (!both) return fail(std::move(both.error()));
            next = *both ? std::move(*both) : std::move(*ours);
            if (is_new)
                if (auto saved = impl_->save(*next); !saved) return saved;
            impl_->become(std::move(next));
            return {};
        });
        if (!kept) return fail(kept.error());
    }
    return is_new;
}

std::string KeyRing::text() const { return impl_->current()->to_json(); }

std::string KeyRing::wrap(std::string_view text) const {
    Key key;
    key.secret = derive(wrapping_purpose);
    return to_base64url(seal_under(key, impl_->world.random, text, wrapping_place));
}

Result<std::string> KeyRing::unwrap(std::string_view wrapped) const {
    Key key;
    key.secret = derive(wrapping_purpose);
    const auto sealed = from_base64url(wrapped);
    if (!sealed || sealed->size() < overhead || sealed->front() != ring_version) return sealed_text_refused();
    return open_under(key, *sealed, wrapping_place);
}

Result<void> KeyRing::reload() const {
    if (impl_->directory.empty()) return {};
    return locked(impl_->directory, lock_name, [&]() -> Result<void> {
        auto ring = impl_->read();
        if (!ring) return fail(std::move(ring.error()));
        if (!*ring) return missing(impl_->directory);
        impl_->become(std::move(*ring));
        return {};
    });
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
