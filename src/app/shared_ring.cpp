#include "shared_ring.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "blocking_store.hpp"
#include "florin/security/hash.hpp"

namespace florin::app {
namespace {

store::Sql read_mark{"key_ring.read", "SELECT mark, ring FROM key_ring_mark WHERE merchant_id = 0"};
store::Sql insert_mark{"key_ring.insert", R"sql(
    INSERT INTO key_ring_mark (merchant_id, mark, ring) VALUES (0, $1, $2) ON CONFLICT (merchant_id) DO NOTHING
)sql"};

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

}  // namespace

Result<std::unique_ptr<security::KeyRing>> load_shared_ring(store::Store& store, const std::string& directory,
                                                            World world, bool is_sandbox) {
    const std::string path = directory + "/keys.json";
    auto read = [](store::Reader& reader) -> Result<std::optional<Mark>> { return find_mark(reader); };
    auto mark = read_blocking(store, read);
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
    if (security::constant_time_equal(known->mark, mark_of(**keys))) return keys;
    if (!*mark && known->ring && is_sandbox) {
        // Two processes made a ring at the same moment: the first one's counts.
        std::filesystem::remove(path);
        write_private(path, *known->ring);
        return security::KeyRing::load(directory, world);
    }
    return fail(ErrorKind::conflict, "key_ring_differs",
                "The keys in " + path +
                    " are not those that this database was made with. Copy keys.json from a node "
                    "that works.",
                "--data");
}

}  // namespace florin::app
