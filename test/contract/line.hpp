#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "florin/http/client.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/sandbox/sandbox.hpp"

namespace florin {

inline std::unexpected<Error> nothing_came_back() {
    return fail(ErrorKind::outcome_unknown, "no_answer", "Nothing came back.");
}

/// The way to the sandbox. A caller who has waited long enough hears nothing; what it sent happens all the same.
class Line final : public http::Client {
public:
    Line(SimScheduler& scheduler, sandbox::Sandbox& sandbox) : scheduler_{scheduler}, sandbox_{sandbox} {}

    Task<Result<http::Reply>> send(http::Call call) override {
        if (is_cut) co_return fail(ErrorKind::unavailable, "not_connected", "Nobody is there.");
        const http::Request request = request_of(call);
        sandbox::Served served = sandbox_.serve(request);
        Millis left = call.timeout;
        if (served.late > left) {
            scheduler_.call_after(served.late, [this, request] { sandbox_.serve(request, true); });
            co_await sleep_for(left);
            co_return nothing_came_back();
        }
        if (served.late > Millis{0}) {
            co_await sleep_for(served.late);
            left -= served.late;
            served = sandbox_.serve(request, true);
        }
        co_await sleep_for(std::min(served.delay, left));
        if (served.drop || served.delay > left) co_return nothing_came_back();
        http::Reply reply;
        reply.status = served.response.status;
        reply.body = std::move(served.response.body);
        co_return reply;
    }
    bool is_cut = false;

private:
    static http::Request request_of(const http::Call& call) {
        http::Request request{
            .method = call.method, .path = {}, .query = {}, .headers = call.headers, .body = call.body, .peer = {}};
        std::string_view path = call.url;
        path.remove_prefix(path.find("://") + 3);
        // The client writes it by the address.
        request.headers.emplace_back("host", path.substr(0, path.find('/')));
        path.remove_prefix(path.find('/'));
        request.path = path.substr(0, path.find('?'));
        if (request.path.size() < path.size()) request.query = path.substr(request.path.size() + 1);
        return request;
    }
    SimScheduler& scheduler_;
    sandbox::Sandbox& sandbox_;
};

}  // namespace florin
