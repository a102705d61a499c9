#include "admin_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "florin/base/check.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"

namespace florin::app {
namespace {

constexpr std::size_t most_bytes = 64 * 1024;
/// Of the server with a client that neither sends nor reads.
constexpr int patience_ms = 5'000;
constexpr int no_stop = -1;
constexpr int for_ever = -1;

/// Nothing when the path is longer than a socket's may be.
std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// Waits for `events` of `socket`; false when nothing comes in time, or `stop` does.
bool await(int socket, short events, int stop, int at_most_ms) {
    pollfd waiting[] = {{socket, events, 0}, {stop, POLLIN, 0}};
    return ::poll(waiting, 2, at_most_ms) > 0 && waiting[1].revents == 0;
}

/// Everything up to the other side's end of sending.
std::string read_all(int socket, int stop, int at_most_ms) {
    std::string text;
    char buffer[4096];
    while (text.size() < most_bytes * 64 && await(socket, POLLIN, stop, at_most_ms)) {
        const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

void write_all(int socket, std::string_view text, int stop, int at_most_ms) {
    while (!text.empty()) {
        const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN && await(socket, POLLOUT, stop, at_most_ms)) continue;
        if (sent <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    auto value = json::parse(text, {.max_bytes = most_bytes});
    if (value)
        for (const json::Value& word : value->items()) words.emplace_back(word.text());
    return words;
}

std::string text_of(const CommandResult& result) {
    std::string text;
    json::Writer{text}
        .open('{')
        .field("code", result.code)
        .field("out", result.out)
        .field("err", result.err)
        .close('}');
    return text;
}

}  // namespace

Result<std::unique_ptr<AdminSocket>> AdminSocket::open(const std::string& data_directory, Run run) {
    const std::string path = data_directory + "/admin.sock";
    const auto refused = [&](std::string_view why) {
        return fail(ErrorKind::unavailable, "admin_socket_unusable", path + ": " + std::string{why}, "--data");
    };
    const auto address = address_of(path);
    if (!address) return refused("the path is too long for a socket (107 bytes)");
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return refused(std::strerror(errno));
    ::unlink(path.c_str());
    // Made with the right mode from the start: between bind and chmod anybody could connect.
    const mode_t before = ::umask(0177);
    const int bound = ::bind(listener, reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
    ::umask(before);
    if (bound != 0 || ::listen(listener, 16) != 0) {
        const std::string why = std::strerror(errno);
        ::close(listener);
        return refused(why);
    }
    return std::unique_ptr<AdminSocket>{new AdminSocket{path, listener, std::move(run)}};
}

AdminSocket::AdminSocket(std::string path, int listener, Run run)
    : path_{std::move(path)}, listener_{listener}, stop_{-1, -1}, run_{std::move(run)} {
    check(::pipe2(stop_, O_CLOEXEC) == 0, "a pipe can be made");
    thread_ = std::thread{[this] { serve(); }};
}

AdminSocket::~AdminSocket() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
    ::unlink(path_.c_str());
}

void AdminSocket::serve() {
    for (;;) {
        pollfd waiting[] = {{listener_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
        ::poll(waiting, 2, -1);
        if (waiting[1].revents != 0) return;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) {
            // No descriptor is left: to look again at once would keep a core busy.
            constexpr int pause_ms = 50;
            await(no_stop, 0, stop_[0], pause_ms);
            continue;
        }
        // Whoever connects and says nothing must not keep others out, nor the server from stopping.
        const std::string question = read_all(client, stop_[0], patience_ms);
        write_all(client, text_of(run_(words_of(question))), stop_[0], patience_ms);
        ::close(client);
    }
}

std::optional<CommandResult> ask_server(const std::string& data_directory, const std::vector<std::string>& words) {
    const auto address = address_of(data_directory + "/admin.sock");
    if (!address) return std::nullopt;
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0) return std::nullopt;
    std::optional<CommandResult> result;
    if (::connect(server, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) {
        std::string question;
        json::Writer json{question};
        json.open('[');
        for (const std::string& word : words) json.value(word);
        json.close(']');
        write_all(server, question, no_stop, for_ever);
        ::shutdown(server, SHUT_WR);
        const std::string answer = read_all(server, no_stop, for_ever);
        if (auto value = json::parse(answer, {.max_bytes = most_bytes * 64});
            value && value->kind() == json::Kind::object) {
            const json::Value* code = value->find("code");
            const json::Value* out = value->find("out");
            const json::Value* err = value->find("err");
            if (code && out && err)
                result = CommandResult{static_cast<int>(code->integer().value_or(1)), std::string{out->text()},
                                       std::string{err->text()}};
        }
    }
    ::close(server);
    return result;
}

}  // namespace florin::app
