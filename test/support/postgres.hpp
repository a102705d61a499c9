#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace florin::test {

/// A PostgreSQL of the test's own: a new cluster in a new folder, on 127.0.0.1 and a socket in that
/// folder. Stopped and removed at the end, also when the test's process ends in any other way: a
/// small process waits for that and cleans up.
class PostgresCluster {
public:
    enum class Durability { real, none };

    explicit PostgresCluster(Durability durability = Durability::none) : durability_{durability} {
        std::string pattern = (std::filesystem::temp_directory_path() / "florin-postgres-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        folder_ = pattern;
        if (const passwd* owner = server_user()) must(::chown(folder_.c_str(), owner->pw_uid, owner->pw_gid), "chown");
        start_janitor();
        const std::string data = folder_ + "/data";
        wait_for(spawn({binary("initdb"), "-D", data, "-A", "trust", "-U", "florin", "-E", "UTF8", "--locale=C",
                        "--no-sync"}),
                 "initdb");
        for (int attempt = 0; attempt < 5 && pid_ == 0; ++attempt) {
            port_ = free_port();
            start();
        }
        if (pid_ == 0) throw std::runtime_error{"PostgreSQL does not start; see " + folder_ + "/log"};
    }
    ~PostgresCluster() {
        kill_server(SIGQUIT);
        ::close(janitor_pipe_);
        ::waitpid(janitor_, nullptr, 0);
    }
    PostgresCluster(const PostgresCluster&) = delete;

    void start() {
        const char* durable = durability_ == Durability::real ? "on" : "off";
        pid_ = spawn({binary("postgres"),
                      "-D",
                      folder_ + "/data",
                      "-k",
                      folder_,
                      "-h",
                      "127.0.0.1",
                      "-p",
                      std::to_string(port_),
                      "-c",
                      std::string{"fsync="} + durable,
                      "-c",
                      "max_connections=100",
                      "-c",
                      "shared_buffers=256MB",
                      "-c",
                      "max_wal_size=4GB",
                      "-c",
                      "max_prepared_transactions=10",
                      "-c",
                      "deadlock_timeout=200ms"});
        while (true) {
            if (PQping(url("postgres").c_str()) == PQPING_OK) return;
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = 0;
                return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }
    /// At once, as in a crash of the server.
    void stop() { kill_server(SIGQUIT); }

    int port() const { return port_; }
    int server_pid() const { return pid_; }
    std::string url(const std::string& database, int port = 0) const {
        return "postgresql://florin@127.0.0.1:" + std::to_string(port == 0 ? port_ : port) + "/" + database;
    }
    /// Over the socket in the folder, as a server on the same machine would.
    std::string socket_url(const std::string& database) const {
        return "postgresql://florin@/" + database + "?host=" + folder_ + "&port=" + std::to_string(port_);
    }
    std::string create_database() {
        const std::string name = "test_" + std::to_string(++databases_);
        sql("postgres", "CREATE DATABASE " + name);
        return name;
    }
    /// Runs statements on a connection of their own; the first column of the last result's first row.
    std::string sql(const std::string& database, const std::string& statements) const {
        const std::unique_ptr<PGconn, decltype(&PQfinish)> connection{PQconnectdb(url(database).c_str()), &PQfinish};
        const std::unique_ptr<PGresult, decltype(&PQclear)> result{PQexec(connection.get(), statements.c_str()),
                                                                   &PQclear};
        const ExecStatusType status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw std::runtime_error{statements + ": " + PQerrorMessage(connection.get())};
        return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
    }

    /// The newest installed server's programs, or those in FLORIN_POSTGRES_BIN.
    static std::string binary(const std::string& name) {
        if (const char* chosen = std::getenv("FLORIN_POSTGRES_BIN")) return std::string{chosen} + "/" + name;
        std::vector<int> versions;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator{"/usr/lib/postgresql", none})
            versions.push_back(std::atoi(entry.path().filename().c_str()));
        if (versions.empty()) throw std::runtime_error{"install postgresql, or set FLORIN_POSTGRES_BIN"};
        return "/usr/lib/postgresql/" + std::to_string(std::ranges::max(versions)) + "/bin/" + name;
    }

private:
    static void must(int result, const char* what) {
        if (result < 0) throw std::runtime_error{what};
    }
    /// The server refuses to run as root.
    static const passwd* server_user() { return ::getuid() == 0 ? ::getpwnam("postgres") : nullptr; }

    static int free_port() {
        const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
        must(::bind(probe, generic, size), "bind");
        must(::getsockname(probe, generic, &size), "getsockname");
        ::close(probe);
        return ntohs(address.sin_port);
    }

    pid_t spawn(const std::vector<std::string>& command) const {
        // Everything is made ready before the fork: afterwards another thread's lock may be held for ever.
        std::vector<char*> arguments;
        for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        const passwd* found = server_user();
        const bool changes_user = found != nullptr;
        const uid_t uid = changes_user ? found->pw_uid : 0;
        const gid_t gid = changes_user ? found->pw_gid : 0;
        const std::string log = folder_ + "/log";
        const pid_t child = ::fork();
        must(child, "fork");
        if (child != 0) return child;
        ::setsid();
        if (changes_user && (::setgroups(0, nullptr) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0)) ::_exit(126);
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(out, 1);
        ::dup2(out, 2);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    void wait_for(pid_t child, const std::string& what) const {
        int status = 0;
        must(::waitpid(child, &status, 0), "waitpid");
        if (status != 0) throw std::runtime_error{what + " failed; see " + folder_ + "/log"};
    }
    void kill_server(int signal) {
        if (pid_ == 0) return;
        ::kill(pid_, signal);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    void start_janitor() {
        int ends[2];
        must(::pipe2(ends, O_CLOEXEC), "pipe");
        janitor_pipe_ = ends[1];
        const std::string script =
            "cat > /dev/null\n"
            "server=$(head -1 '" +
            folder_ +
            "/data/postmaster.pid' 2> /dev/null)\n"
            "if [ -n \"$server\" ]; then kill -QUIT \"$server\"; fi\n"
            "while [ -n \"$server\" ] && kill -0 \"$server\" 2> /dev/null; do sleep 0.1; done\n"
            "rm -rf '" +
            folder_ + "'\n";
        janitor_ = ::fork();
        must(janitor_, "fork");
        if (janitor_ != 0) {
            ::close(ends[0]);
            return;
        }
        ::setsid();
        ::dup2(ends[0], 0);
        // Whoever reads the test's output must not wait for this process.
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, 1);
        ::dup2(nowhere, 2);
        ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
        ::_exit(127);
    }

    Durability durability_;
    std::string folder_;
    int port_ = 0;
    pid_t pid_ = 0;
    pid_t janitor_ = 0;
    int janitor_pipe_ = -1;
    int databases_ = 0;
};

}  // namespace florin::test
