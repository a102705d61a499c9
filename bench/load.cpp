// Loads an HTTP server and says what came back, as one JSON object.
//
//     bench_load --url http://127.0.0.1:8480 --keys FILE [--clients 32] [--seconds 5] [--warmup 1] …
//
// Closed loop: each client sends its next request when it has its answer. With --rate the loop is open:
// requests are due at fixed times, and latency counts from the time a request was due, whether or not
// a connection was free to send it (no coordinated omission).
//
// --requests FILE sends what is in the file, each request once: each stands behind a line with its length.
//
// It takes little CPU, because it shares the machine with what it measures: requests are made beforehand
// and only their idempotency key, or the id to read, is written anew.

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "support/wire.hpp"

namespace {

using florin::bench::Flags;
using florin::bench::give_up;
using florin::bench::now_ns;

constexpr std::size_t id_size = 36;  // An idempotency key is as long as a UUID.

/// A request made beforehand, with a place for what changes.
struct Template {
    std::string text;
    std::size_t slot = 0;
};

struct Plan {
    unsigned short port = 0;
    SSL_CTX* tls = nullptr;
    std::vector<Template> templates;  // One for each API key.
    std::vector<std::string> ids;     // What GET reads; empty: the slot is a fresh key.
    std::size_t clients = 0;
    std::size_t count = 0;  // 0: as long as `seconds`.
    double rate = 0;        // Requests a second; 0: closed loop.
    std::int64_t begin_ns = 0, measure_ns = 0, end_ns = 0;
    bool is_collecting = false;
    std::string run;  // Sets this run's keys apart from any other's.
};

struct Tally {
    std::vector<std::uint32_t> ok_us, refused_us;
    std::array<std::size_t, 600> statuses{};
    std::size_t errors = 0, unsent = 0, sent = 0;
    std::vector<std::string> payments;
};

struct Connection {
    int socket = -1;
    SSL* tls = nullptr;
    std::string in;
    std::int64_t due_ns = 0;
    bool is_busy = false;
};

class Worker {
public:
    Worker(const Plan& plan, std::size_t index, std::size_t workers)
        : plan_{plan}, workers_{workers}, next_{index}, connections_(plan.clients / workers) {
        templates_ = plan.templates;
        poll_ = epoll_create1(EPOLL_CLOEXEC);
        for (Connection& connection : connections_) open(connection);
    }
    Worker(const Worker&) = delete;

    void run() {
        for (Connection& connection : connections_) free_.push_back(&connection);
        std::array<epoll_event, 256> events{};
        for (;;) {
            const std::int64_t now = now_ns();
            send_due(now);
            if (busy_ == 0 && is_over(now)) break;
            if (now > plan_.end_ns + 10'000'000'000) {
                tally_.errors += busy_;  // No answer ten seconds after the end.
                break;
            }
            const std::int64_t until = std::max<std::int64_t>(0, next_due_ns(now) - now);
            const timespec wait{until / 1'000'000'000, until % 1'000'000'000};
            const int ready = epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
            for (int i = 0; i < ready; ++i)
                receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
        if (plan_.rate > 0 && plan_.count == 0) {
            const double due = plan_.rate * static_cast<double>(plan_.end_ns - plan_.begin_ns) / 1e9;
            while (static_cast<double>(next_) < due) {
                ++tally_.unsent;
                next_ += workers_;
            }
        }
    }
    const Tally& tally() const { return tally_; }
    std::size_t open_connections() const { return connections_.size(); }

private:
    bool is_over(std::int64_t now) const { return plan_.count > 0 ? next_ >= plan_.count : now >= plan_.end_ns; }
    std::int64_t due_of_next() const {
        return plan_.rate > 0
                   ? plan_.begin_ns + static_cast<std::int64_t>(static_cast<double>(next_) * 1e9 / plan_.rate)
                   : 0;
    }
    std::int64_t next_due_ns(std::int64_t now) const {
        if (is_over(now)) return now + 100'000'000;
        if (plan_.rate > 0 && !free_.empty()) return std::min(due_of_next(), now + 100'000'000);
        return now + 100'000'000;
    }

    void send_due(std::int64_t now) {
        while (!free_.empty() && !is_over(now) && due_of_next() <= now) {
            Connection& connection = *free_.back();
            free_.pop_back();
            connection.due_ns = plan_.rate > 0 ? due_of_next() : now_ns();
            send(connection);
        }
    }

    void open(Connection& connection) {
        connection.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = florin::bench::loopback(plan_.port);
        if (connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            give_up("connect");
        florin::bench::send_at_once(connection.socket);
        if (plan_.tls != nullptr) {
            connection.tls = SSL_new(plan_.tls);
            SSL_set_fd(connection.tls, connection.socket);
            if (SSL_connect(connection.tls) != 1) give_up("TLS handshake");
        }
        fcntl(connection.socket, F_SETFL, fcntl(connection.socket, F_GETFL) | O_NONBLOCK);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
        epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
    }

    void send(Connection& connection) {
        Template& request = templates_[next_ % templates_.size()];
        char* slot = request.text.data() + request.slot;
        if (!plan_.ids.empty()) {
            std::memcpy(slot, plan_.ids[next_ % plan_.ids.size()].data(), id_size);
        } else if (request.slot != 0) {
            // As random as the UUIDs that clients take: the number, stirred, then what sets this run apart.
            std::uint64_t stirred = (next_ + 1) * 0x9e3779b97f4a7c15ULL;
            stirred = (stirred ^ (stirred >> 29U)) * 0xbf58476d1ce4e5b9ULL;
            for (std::size_t i = 0; i < 16; ++i, stirred >>= 4U) slot[i] = "0123456789abcdef"[stirred & 15U];
            std::memcpy(slot + 20, plan_.run.data(), plan_.run.size());
        }
        next_ += workers_;
        connection.is_busy = true;
        ++busy_;
        ++tally_.sent;
        const std::string_view text = request.text;
        // A socket's buffer on loopback holds more than a request: a short write is not a slow server but a dead one.
        const auto size = static_cast<long>(text.size());
        const long sent = connection.tls != nullptr
                              ? SSL_write(connection.tls, text.data(), static_cast<int>(text.size()))
                              : ::send(connection.socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent != size) lose(connection);
    }

    void lose(Connection& connection) {
        if (connection.is_busy) {
            ++tally_.errors;
            connection.is_busy = false;
            --busy_;
            free_.push_back(&connection);
        }
        if (connection.tls != nullptr) SSL_free(connection.tls);
        connection.tls = nullptr;
        ::close(connection.socket);
        connection.in.clear();
        open(connection);
    }

    void receive(Connection& connection) {
        std::array<char, 16 * 1024> buffer;
        long got = 0;
        if (connection.tls != nullptr) {
            for (;;) {
                got = SSL_read(connection.tls, buffer.data(), static_cast<int>(buffer.size()));
                if (got <= 0) break;
                connection.in.append(buffer.data(), static_cast<std::size_t>(got));
            }
            if (SSL_get_error(connection.tls, static_cast<int>(got)) != SSL_ERROR_WANT_READ) return lose(connection);
        } else {
            got = recv(connection.socket, buffer.data(), buffer.size(), 0);
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) return lose(connection);
            connection.in.append(buffer.data(), static_cast<std::size_t>(got));
        }
        const auto frame = florin::bench::frame_of(connection.in);
        if (!frame || connection.in.size() < frame->size()) return;
        finish(connection, *frame);
    }

    void finish(Connection& connection, florin::bench::Frame frame) {
        const std::int64_t now = now_ns();
        const std::string_view text = connection.in;
        std::size_t status = 0;
        if (text.size() > 12) std::from_chars(text.data() + 9, text.data() + 12, status);
        const bool is_closing = text.substr(0, frame.head).find("onnection: close") != std::string_view::npos;
        // What was answered in the window counts, whenever it was due: under overload that is long ago.
        if (now >= plan_.measure_ns && now <= plan_.end_ns) {
            const auto us = static_cast<std::uint32_t>((now - connection.due_ns) / 1'000);
            if (status < tally_.statuses.size()) ++tally_.statuses[status];
            if (status == 200 || status == 201)
                tally_.ok_us.push_back(us);
            else if (status == 429 || status == 503)
                tally_.refused_us.push_back(us);
            else
                ++tally_.errors;
        }
        if (plan_.is_collecting && status == 200 && tally_.payments.size() < 20'000) {
            constexpr std::string_view name = "\"payment_id\":\"";
            if (const auto at = text.find(name); at != std::string_view::npos)
                tally_.payments.emplace_back(text.substr(at + name.size(), id_size));
        }
        connection.in.erase(0, frame.size());
        connection.is_busy = false;
        --busy_;
        if (is_closing) {
            free_.push_back(&connection);
            return lose(connection);
        }
        if (plan_.rate == 0 && !is_over(now)) {
            connection.due_ns = now;
            return send(connection);
        }
        free_.push_back(&connection);
    }

    const Plan& plan_;
    std::size_t workers_, next_;
    std::vector<Connection> connections_;
    std::vector<Connection*> free_;
    std::vector<Template> templates_;
    std::size_t busy_ = 0;
    int poll_ = -1;
    Tally tally_;
};

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file{path};
    if (!file) give_up(path.c_str());
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        if (!line.empty()) lines.push_back(line);
    return lines;
}

constexpr std::string_view purchase_body =
    R"({"amount":"12.50","currency":"EUR","customer_id":"customer-7","card":{"number":"4111111111111111",)"
    R"("expiry_month":12,"expiry_year":2034,"cvv":"123","name":"Ada Lovelace"},"metadata":{"order":"1234567890"}})";

/// Whole requests, each behind a line with its length: sent as they are, each once.
std::vector<Template> requests_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) give_up(path.c_str());
    std::vector<Template> all;
    for (std::string line; std::getline(file, line);) {
        std::string text(std::stoul(line), '\0');
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        all.push_back({.text = std::move(text)});
    }
    return all;
}

Template template_of(const Flags& flags, const std::string& key) {
    const bool is_get = flags.text("method") == "GET";
    std::string head = flags.text("method") + " " + flags.text("path");
    Template made;
    if (!flags.text("ids").empty()) {
        made.slot = head.size();
        head.append(id_size, '0');
    }
    head += " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n";
    if (!key.empty()) head += "Authorization: Bearer " + key + "\r\n";
    if (is_get) {
        made.text = head + "\r\n";
        return made;
    }
    head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(purchase_body.size()) +
            "\r\nIdempotency-Key: ";
    made.slot = head.size();
    made.text = head + std::string(id_size, '0') + "\r\n\r\n" + std::string{purchase_body};
    return made;
}

void print_latency(const char* name, std::vector<std::uint32_t>& us) {
    std::ranges::sort(us);
    const auto quantile = [&](double q) {
        return us.empty() ? 0U : us[static_cast<std::size_t>(q * static_cast<double>(us.size() - 1))];
    };
    std::printf(",\"%s\":{\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}", name, quantile(0.5), quantile(0.9),
                quantile(0.99), quantile(0.999), quantile(1));
}

void print(std::vector<std::unique_ptr<Worker>>& workers, const Plan& plan, double seconds,
           const std::string& ids_out) {
    Tally all;
    std::ofstream ids;
    if (!ids_out.empty()) ids.open(ids_out);
    for (const auto& worker : workers) {
        const Tally& one = worker->tally();
        all.ok_us.insert(all.ok_us.end(), one.ok_us.begin(), one.ok_us.end());
        all.refused_us.insert(all.refused_us.end(), one.refused_us.begin(), one.refused_us.end());
        for (std::size_t i = 0; i < one.statuses.size(); ++i) all.statuses[i] += one.statuses[i];
        all.errors += one.errors;
        all.unsent += one.unsent;
        all.sent += one.sent;
        for (const std::string& id : one.payments) ids << id << '\n';
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double cpu_us = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                          static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    const auto ok = static_cast<double>(all.ok_us.size());
    std::printf(
        "{\"requests\":%zu,\"clients\":%zu,\"ok\":%zu,\"refused\":%zu,\"errors\":%zu,\"unsent\":%zu,"
        "\"seconds\":%.3f,\"goodput\":%.1f,\"rate\":%.1f,\"cpu_us_per_request\":%.1f,\"statuses\":{",
        all.sent, plan.clients, all.ok_us.size(), all.refused_us.size(), all.errors, all.unsent, seconds, ok / seconds,
        (ok + static_cast<double>(all.refused_us.size())) / seconds,
        cpu_us / static_cast<double>(std::max<std::size_t>(1, all.sent)));
    const char* comma = "";
    for (std::size_t i = 0; i < all.statuses.size(); ++i) {
        if (all.statuses[i] == 0) continue;
        std::printf("%s\"%zu\":%zu", comma, i, all.statuses[i]);
        comma = ",";
    }
    std::printf("}");
    print_latency("ok_us", all.ok_us);
    print_latency("refused_us", all.refused_us);
    std::printf("}\n");
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
    const Flags flags{count,
                      arguments,
                      {{"url", ""},
                       {"keys", ""},
                       {"method", "POST"},
                       {"path", "/api/v1/payments/purchase"},
                       {"ids", ""},
                       {"clients", "32"},
                       {"seconds", "5"},
                       {"count", "0"},
                       {"rate", "0"},
                       {"warmup", "1"},
                       {"threads", "1"},
                       {"ids-out", ""},
                       {"requests", ""},
                       {"hold", "0"}}};
    const std::string& url = flags.text("url");
    Plan plan;
    const std::size_t colon = url.rfind(':');
    if (colon == std::string::npos) {
        std::fprintf(stderr, "--url http://127.0.0.1:PORT\n");
        return 2;
    }
    plan.port = static_cast<unsigned short>(std::atoi(url.c_str() + colon + 1));
    if (url.starts_with("https:")) plan.tls = SSL_CTX_new(TLS_client_method());
    if (!flags.text("ids").empty()) plan.ids = lines_of(flags.text("ids"));
    std::vector<std::string> keys{""};
    if (!flags.text("keys").empty()) keys = lines_of(flags.text("keys"));
    for (const std::string& key : keys) plan.templates.push_back(template_of(flags, key));
    if (!flags.text("requests").empty()) plan.templates = requests_of(flags.text("requests"));
    const std::size_t threads = std::max<std::size_t>(1, flags.count("threads"));
    plan.clients = std::max(threads, flags.count("clients"));
    plan.count = flags.text("requests").empty() ? flags.count("count") : plan.templates.size();
    plan.rate = flags.number("rate");
    plan.is_collecting = !flags.text("ids-out").empty();
    char run[17];
    std::snprintf(run, sizeof run, "%016llx", static_cast<unsigned long long>(now_ns()) * 0x9e3779b97f4a7c15ULL);
    plan.run = run;

    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(plan, i, threads));
    plan.begin_ns = now_ns();
    plan.measure_ns = plan.begin_ns + (plan.count > 0 ? 0 : static_cast<std::int64_t>(flags.number("warmup") * 1e9));
    plan.end_ns = plan.measure_ns + static_cast<std::int64_t>(flags.number("seconds") * 1e9);
    if (plan.count > 0) plan.end_ns = plan.begin_ns + 3'600'000'000'000;
    std::vector<std::thread> running;
    for (std::size_t i = 1; i < threads; ++i) running.emplace_back([&, i] { workers[i]->run(); });
    workers[0]->run();
    for (std::thread& thread : running) thread.join();
    const double seconds =
        static_cast<double>(plan.count > 0 ? now_ns() - plan.begin_ns : plan.end_ns - plan.measure_ns) / 1e9;
    print(workers, plan, seconds, flags.text("ids-out"));
    std::this_thread::sleep_for(std::chrono::duration<double>{flags.number("hold")});
    return 0;
}
