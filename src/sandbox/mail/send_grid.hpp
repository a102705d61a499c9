#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "../desk.hpp"
#include "florin/http/message.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/sandbox/sandbox.hpp"

namespace florin::sandbox::mail {

struct Argument {
    std::string name, value;
    template <class Fields>
    void fields(Fields& f) {
        f("name", name), f("value", value);
    }
};

/// A mail that was taken.
struct Mail {
    std::int64_t number = 0;
    std::string id;  ///< What the answer's `X-Message-Id` says.
    std::int64_t at = 0;
    std::string from_email, from_name, subject, text, html;
    std::vector<std::string> to;
    std::vector<Argument> headers, arguments, attachments;  ///< An attachment: its name and type.
    template <class Fields>
    void fields(Fields& f) {
        f("number", number), f("id", id), f("at", at), f("from_email", from_email), f("from_name", from_name);
        f("subject", subject), f("text", text), f("html", html), f("to", to), f("headers", headers);
        f("arguments", arguments), f("attachments", attachments);
    }
};

/// SendGrid's v3 API, as far as mail is sent and asked after: `POST /v3/mail/send` and `GET /v3/messages`.
/// Source: providers' notes on e-mail, section 3.
class SendGrid {
public:
    SendGrid(Desk& desk, SendGridAccount account) : desk_{desk}, account_{std::move(account)} {}
    void load();

    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);

    /// The oldest first; 2,000 are kept.
    const std::deque<Mail>& mails() const { return mails_; }
    /// As `GET /sandbox/mails` shows them, the newest first: those to `to`, or all.
    void write_mails(json::Writer& json, std::string_view to, std::int64_t limit) const;
    void clear();

private:
    Answer send(const http::Request& request);
    Answer find(const http::Request& request, const Orders& orders) const;

    Desk& desk_;
    SendGridAccount account_;
    std::deque<Mail> mails_;
    std::int64_t last_ = 0;
};

}  // namespace florin::sandbox::mail
