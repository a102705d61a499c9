#include "florin/store/look.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>

#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

#include "migrate.hpp"

namespace florin::store {
namespace {

constexpr const char* applied_query = "SELECT number, name, checksum FROM schema_migrations ORDER BY number";
constexpr int oldest_server = 150'000;

std::unexpected<Error> unavailable(std::string_view what) {
    std::string_view line = what.substr(0, what.find('\n'));
    return fail(ErrorKind::unavailable, "storage_unavailable", line);
}

int number_of(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// What has a meaning of its own in SQLite's URIs, in hexadecimal digits.
std::string escaped(const std::string& path) {
    std::string text;
    for (const char c : path) {
        if (c == '%')
            text += "%25";
        else if (c == '?')
            text += "%3f";
        else if (c == '#')
            text += "%23";
        else
            text += c;
    }
    return text;
}

Result<void> note_schema(Looked& looked, const std::vector<Applied>& applied, Engine engine) {
    looked.newest = migrations().empty() ? 0 : migrations().back().number;
    looked.schema = applied.empty() ? 0 : applied.back().number;
    return accept_applied(applied, migrations(), engine);
}

/// One connection whose every statement is refused by the server if it would write.
class Glance {
public:
    explicit Glance(const std::string& url) {
        // What the URL says goes over what stands before it.
        const char* const names[] = {"connect_timeout", "options", "dbname", nullptr};
        const char* const values[] = {"5", "-c default_transaction_read_only=on", url.c_str(), nullptr};
        connection_.reset(PQconnectdbParams(names, values, 1));
    }
    bool is_good() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
    std::string trouble() const { return PQerrorMessage(connection_.get()); }
    int version() const { return PQserverVersion(connection_.get()); }

    /// Nothing when the server refuses.
    std::optional<std::vector<std::vector<std::string>>> rows(const char* query) {
        const std::unique_ptr<PGresult, void (*)(PGresult*)> result{PQexec(connection_.get(), query), PQclear};
        if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return std::nullopt;
        std::vector<std::vector<std::string>> all;
        for (int row = 0; row < PQntuples(result.get()); ++row) {
            auto& fields = all.emplace_back();
            for (int field = 0; field < PQnfields(result.get()); ++field)
                fields.emplace_back(PQgetvalue(result.get(), row, field));
        }
        return all;
    }
    std::string value(const char* query) {
        const auto all = rows(query);
        return all && !all->empty() ? all->front().front() : std::string{};
    }

private:
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_{nullptr, PQfinish};
};

void note_settings(Looked& looked, Glance& server) {
    const auto concern = [&](std::string what, std::string mend) {
        looked.concerns.push_back({std::move(what), std::move(mend)});
    };
    if (server.version() < oldest_server)
        concern("PostgreSQL " + looked.version + " is older than 15", "upgrade the server");
    if (server.value("SHOW fsync") == "off")
        concern("fsync is off: a crash of the machine loses answered payments", "set fsync = on in postgresql.conf");
    if (server.value("SHOW full_page_writes") == "off")
        concern("full_page_writes is off: a crash of the machine can damage tables",
                "set full_page_writes = on in postgresql.conf");
    if (server.value("SHOW synchronous_commit") == "off")
        concern("synchronous_commit is off: a crash loses answered payments",
                "set synchronous_commit = on for this database or user");
    if (server.value("SELECT pg_is_in_recovery()") == "t")
        concern("the server is a standby, which nothing can be written to", "name the primary in --database");
    if (looked.schema < looked.newest && server.value("SELECT has_schema_privilege(current_schema(), 'CREATE')") != "t")
        concern("this user may not create tables, and the schema is not up to date",
                "GRANT CREATE ON SCHEMA public TO the user, or let the owner run `florin migrate`");
}

}  // namespace

Result<Looked> look_at_postgres(const std::string& url) {
    Glance server{url};
    if (!server.is_good()) return unavailable(server.trouble());
    Looked looked;
    looked.version = server.value("SHOW server_version");
    std::vector<Applied> applied;
    if (!server.value("SELECT to_regclass('schema_migrations')").empty()) {
        const auto rows = server.rows(applied_query);
        if (!rows) return unavailable(server.trouble());
        for (const auto& row : *rows) applied.push_back({number_of(row[0]), row[1], row[2]});
    }
    if (auto accepted = note_schema(looked, applied, Engine::postgres); !accepted) return fail(accepted.error());
    note_settings(looked, server);
    return looked;
}

Result<Looked> look_at_sqlite(const std::string& directory) {
    const std::string file = directory + "/florin.db";
    Looked looked;
    looked.version = sqlite3_libversion();
    std::error_code failure;
    std::vector<Applied> applied;
    if (!std::filesystem::exists(file, failure)) {
        if (auto accepted = note_schema(looked, applied, Engine::sqlite); !accepted) return fail(accepted.error());
        return looked;
    }
    if (const auto bytes = std::filesystem::file_size(file + "-wal", failure); !failure && bytes > 0) {
        looked.concerns.push_back({"the database was not closed in order", "start the server: it brings it in order"});
        return looked;
    }
    sqlite3* opened = nullptr;
    // Immutable: neither a lock nor a file beside it.
    const std::string uri = "file:" + escaped(std::filesystem::absolute(file).string()) + "?immutable=1";
    const int status = sqlite3_open_v2(uri.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database{opened, sqlite3_close};
    if (status != SQLITE_OK) return unavailable(file + ": " + sqlite3_errmsg(opened));
    const auto count = [](void* into, int, char** values, char**) {
        *static_cast<int*>(into) = number_of(values[0]);
        return 0;
    };
    const auto add = [](void* into, int, char** values, char**) {
        static_cast<std::vector<Applied>*>(into)->push_back({number_of(values[0]), values[1], values[2]});
        return 0;
    };
    // Without that table a first start was ended before it wrote: the next one begins anew.
    int tables = 0;
    constexpr const char* tables_query = "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'";
    if (sqlite3_exec(opened, tables_query, count, &tables, nullptr) != SQLITE_OK ||
        (tables > 0 && sqlite3_exec(opened, applied_query, add, &applied, nullptr) != SQLITE_OK))
        return unavailable(file + ": " + sqlite3_errmsg(opened));
    if (auto accepted = note_schema(looked, applied, Engine::sqlite); !accepted) return fail(accepted.error());
    return looked;
}

}  // namespace florin::store
