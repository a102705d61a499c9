#include <memory>
#include <mutex>

#include "docs_page.hpp"
#include "florin/http/router.hpp"

namespace florin::http {
namespace {

constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Made at the first request, because only then are all routes there.
class Document {
public:
    explicit Document(const Router& router) : router_{router} {}
    const std::string& text() {
        std::call_once(made_, [this] { text_ = openapi(router_, "/"); });
        return text_;
    }

private:
    const Router& router_;
    std::once_flag made_;
    std::string text_;
};

Response asset(std::string_view text, MediaType content_type) {
    return {.status = 200,
            .body = std::string{text},
            .content_type = content_type,
            .headers = {{"Cache-Control", "no-cache"}, {"Content-Security-Policy", std::string{page_policy}}}};
}

Route document_route(std::string_view path, std::string_view operation_id, std::string_view summary,
                     RouteHandler handler) {
    return {.method = "GET",
            .path = path,
            .operation_id = operation_id,
            .tag = "Documents",
            .summary = summary,
            .scope = {},
            .handler = std::move(handler),
            .answers = {{.status = 200, .doc = "The document."}},
            .counts_against_limits = false};
}

}  // namespace

Route asset_route(std::string_view path, std::string_view operation_id, std::string_view summary, std::string_view text,
                  MediaType content_type) {
    auto serve = [text, content_type](Exchange&) -> Task<Response> { co_return asset(text, content_type); };
    return document_route(path, operation_id, summary, serve);
}

std::vector<Route> document_routes(const Router& router) {
    const auto document = std::make_shared<Document>(router);
    auto serve_openapi = [document](Exchange&) -> Task<Response> {
        co_return asset(document->text(), "application/json");
    };
    return {document_route("/openapi.json", "getOpenApi", "This description, for programs.", serve_openapi),
            asset_route("/docs", "getDocs", "This description, for people.", docs_page(), "text/html; charset=utf-8"),
            asset_route("/docs/docs.js", "getDocsScript", "The script of the page for people.", docs_script(),
                        "text/javascript; charset=utf-8"),
            asset_route("/docs/docs.css", "getDocsStyle", "The style of the page for people.", docs_style(),
                        "text/css; charset=utf-8")};
}

}  // namespace florin::http
