#include "shared_ring.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "blocking_store.hpp"
#include "florin/base/check.hpp"
#include "florin/security/hash.hpp"
#include "florin/telemetry/log.hpp"

namespace florin::app {
namespace {

store::Sql read_mark{"key_ring.read", "SELECT mark, ring FROM key_ring_mark WHERE merchant_id = 0"};
store::Sql insert_mark{"key_ring.insert", R"sql(
    INSERT INTO key_ring_mark (merchant_id, mark, ring) VALUES (0, $1, $2) ON CONFLICT (merchant_id) DO NOTHING
)sql"};
// Only over what the writer has read, so that of two rotations at once neither loses the other's key.
store::Sql update_ring{"key_ring.update", R"sql(
    UPDATE key_ring_mark SET ring = $2 WHERE merchant_id = 0 AND COALESCE(ring, '') = $1
)sql"};

constexpr Millis follow_pause{5'000};
constexpr int publish_tries = 5;

struct Mark {
    std::vector<std::uint8_t> mark;
    std::optional<std::string> ring;
};

std::optional<Mark> find_mark(store::Reader& reader) {
    return reader.first(read_mark, [](const store::Row& row) {
        const auto bytes = row.bytes(0);
        const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return Mark{{begin, begin + bytes.size()}, row.optional_string(1)};
    });
}

/// Tells rings apart without telling anything of their keys.
security::Sha256 mark_of(const security::KeyRing& keys) {
    const security::SecretKey mark = keys.derive("key-ring.mark");
    return security::sha256(mark.expose());
}

bool write_private(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const bool is_written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    return ::close(file) == 0 && is_written;
}

std::unexpected<Error> moved_meanwhile() {
    return fail(ErrorKind::conflict, "keys_rotated_meanwhile", "Another process rotates its keys. Try again.");
}

Result<std::optional<Mark>> read_mark_blocking(store::Store& store) {
    auto read = [](store::Reader& reader) -> Result<std::optional<Mark>> { return find_mark(reader); };
    return read_blocking(store, read);
}

/// The ring's text as the database has it; nothing when it has none, or one that is not of ours.
std::optional<std::string> shared_text(const security::KeyRing& keys, const std::optional<std::string>& ring) {
    if (!ring || ring->empty()) return std::nullopt;
    // A sandbox keeps it plainly, as JSON.
    if (ring->starts_with('{')) return ring;
    auto text = keys.unwrap(*ring);
    if (!text) return std::nullopt;
    return std::move(*text);
}

void adopt(const security::KeyRing& keys, const std::optional<std::string>& ring) {
    auto text = shared_text(keys, ring);
    if (!text) return;
    if (auto adopted = keys.adopt(*text); !adopted)
        telemetry::error("key_ring.not_adopted", {{"code", adopted.error().code}, {"reason", adopted.error().message}});
    else if (*adopted)
        telemetry::info("key_ring.adopted", {{"keys", keys.keys().size()}});
    explicit_bzero(text->data(), text->size());
}

/// Puts `text` in the place of `known`. Error `keys_rotated_meanwhile` when something else stands there.
Result<void> publish(store::Store& store, const security::KeyRing& keys, const std::optional<std::string>& known,
                     std::string_view text, bool is_sandbox) {
    const std::string shared = is_sandbox ? std::string{text} : keys.wrap(text);
    auto write = [&](store::Tx& tx) -> Result<bool> {
        return tx.run(update_ring, known.value_or(std::string{}), shared) == 1;
    };
    const auto written = write_blocking(store, write);
    if (!written) return fail(written.error());
    return *written ? Result<void>{} : moved_meanwhile();
}

}  // namespace

Result<security::KeyInfo> rotate_shared(store::Store& store, security::KeyRing& keys, bool is_sandbox) {
    for (int attempt = 1;; ++attempt) {
        const auto mark = read_mark_blocking(store);
        if (!mark) return fail(mark.error());
        check(mark->has_value(), "an open instance has its mark in the database");
        adopt(keys, (*mark)->ring);
        auto key =
            keys.rotate([&](std::string_view text) { return publish(store, keys, (*mark)->ring, text, is_sandbox); });
        if (key || key.error().code != "keys_rotated_meanwhile" || attempt == publish_tries) return key;
    }
}

Task<void> follow_shared_ring(store::Store& store, security::KeyRing& keys, Signal& stop) {
    std::optional<std::string> seen;
    auto read = [](store::Reader& reader) -> Result<std::optional<Mark>> { return find_mark(reader); };
    while (!stop.is_set()) {
        const auto mark = co_await store.read(read);
        if (mark && *mark && (*mark)->ring != seen) {
            seen = (*mark)->ring;
            adopt(keys, seen);
        }
        co_await stop.wait_for(follow_pause);
    }
}

Result<std::unique_ptr<security::KeyRing>> load_shared_ring(store::Store& store, const std::string& directory,
                                                            World world, bool is_sandbox) {
    const std::string path = directory + "/keys.json";
    auto mark = read_mark_blocking(store);
    if (!mark) return fail(std::move(mark.error()));
    if (*mark && (*mark)->ring && is_sandbox && !std::filesystem::exists(path)) write_private(path, *(*mark)->ring);
    auto keys = *mark ? security::KeyRing::load(directory, world) : security::KeyRing::load_or_create(directory, world);
    if (!keys) return keys;
    std::ostringstream ring;
    if (is_sandbox) ring << std::ifstream{path}.rdbuf();

    auto write = [&](store::Tx& tx) -> Result<Mark> {
        const std::optional<std::string> text = is_sandbox ? std::optional{ring.str()} : std::nullopt;
        tx.run(insert_mark, mark_of(**keys), text);
        return *find_mark(tx);
    };
    auto known = write_blocking(store, write);
    if (!known) return fail(std::move(known.error()));
    if (security::constant_time_equal(known->mark, mark_of(**keys))) {
        adopt(**keys, known->ring);
        // What this directory has and the database lacks: keys that were copied here by hand.
        const auto shared = shared_text(**keys, known->ring);
        const bool is_plain = known->ring && known->ring->starts_with('{');
        if (!shared || *shared != (*keys)->text() || is_plain != is_sandbox) {
            auto published = publish(store, **keys, known->ring, (*keys)->text(), is_sandbox);
            if (!published && published.error().code != "keys_rotated_meanwhile")
                return fail(std::move(published.error()));
        }
        const security::KeyRing* const ring_of = keys->get();
        (*keys)->set_source([&store, ring_of]() -> std::optional<std::string> {
            if (!store.is_healthy()) return std::nullopt;
            const auto current = read_mark_blocking(store);
            return current && *current ? shared_text(*ring_of, (*current)->ring) : std::nullopt;
        });
        return keys;
    }
    if (!*mark && known->ring && is_sandbox) {
        // Two processes made a ring at the same moment: the first one's counts.
        std::filesystem::remove(path);
        write_private(path, *known->ring);
        return load_shared_ring(store, directory, world, is_sandbox);
    }
    return fail(ErrorKind::conflict, "key_ring_differs",
                "The keys in " + path +
                    " are not those that this database was made with. Copy keys.json from a node "
                    "that works.",
                "--data");
}

}  // namespace florin::app
