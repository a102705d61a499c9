#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/cases/crm.hpp"
#include "florin/http/client.hpp"
#include "florin/salesforce/salesforce.hpp"

/// Bodies and answers of Salesforce's REST API, without a network.
namespace florin::salesforce {

/// `a=b&c=d`, percent-encoded.
std::string form_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

/// What is created. Texts are cut to what the fields hold.
std::string record_of(const cases::Reflection& reflection, const Settings& settings);
/// What an existing record is changed by.
std::string status_of(std::string_view status);

/// Where we may call, and as whom.
struct Session {
    std::string instance_url, token;
};
struct Login {
    std::optional<Session> session;
    cases::Crm::Mirrored failure;  ///< Without a session.
};
/// A login that brought nothing changed nothing: only what somebody has to mend is a refusal.
Login login_of(const Result<http::Reply>& reply, std::string_view login_url);

/// A record that is there.
struct Found {
    std::string id;
    bool is_closed = false;
};
/// What asking for a record by its external id has brought: the record; nothing, without a failure: there is none.
struct Search {
    std::optional<Found> found;
    std::optional<cases::Crm::Mirrored> failure;
};
Search search_of(const Result<http::Reply>& reply);

/// What became of an upsert. `known_id` is the record's, where an answer without a body says that it was changed.
cases::Crm::Mirrored upsert_of(const Result<http::Reply>& reply, std::string_view known_id);

/// The session is over: a new token, and once more.
bool is_session_over(const Result<http::Reply>& reply);

}  // namespace florin::salesforce
