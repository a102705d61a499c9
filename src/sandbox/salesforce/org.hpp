#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "../desk.hpp"
#include "../table.hpp"
#include "florin/http/message.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "salesforce/model.hpp"

namespace florin::sandbox::salesforce {

/// How the organisation is set up, besides its app.
struct OrgSettings {
    /// Of whoever logs in by JWT: a PEM, public key or certificate. Empty: any signature is taken.
    std::string public_key;
    std::int64_t session_ms = 7'200'000;
    template <class Fields>
    void fields(Fields& f) {
        f("public_key", public_key), f("session_ms", session_ms);
    }
};

/// An organisation at Salesforce: its token endpoint, and Case by the REST API.
/// Source: providers' notes on Salesforce.
class Org {
public:
    Org(Desk& desk, SalesforceOrg org) : desk_{desk}, org_{std::move(org)} {}
    void load();

    static bool is_ours(std::string_view path) { return path.starts_with("/services/"); }
    static CallFacts facts_of(const http::Request& request);
    Answer answer(const http::Request& request, const Orders& orders);

    void write_settings(json::Writer& json) const;
    Result<void> change_settings(const json::Value& value);

    /// In the order in which they were made.
    const std::vector<Record>& records() const { return records_.all(); }

private:
    Answer log_in(const http::Request& request);
    std::optional<Answer> why_not_in(const http::Request& request);
    Answer serve(const http::Request& request, const Orders& orders, std::string_view path);
    Answer serve_record(const http::Request& request, const Orders& orders, std::string_view path,
                        std::string_view version);
    Answer serve_external(const http::Request& request, const Orders& orders, const FieldFacts& field,
                          std::string_view value, std::string_view version);
    Answer create(const json::Value& body);
    Answer query(const http::Request& request, std::string_view version) const;
    Answer shown(const Record& record, const http::Request& request, std::string_view version) const;
    Answer described() const;
    /// Writes what a body says into a record, or says why not and changes nothing.
    std::optional<Answer> put(Record& record, const json::Value& body, const FieldFacts* key);
    Record& make(std::string_view key, std::string_view value);
    Record* find_by_id(std::string_view id);
    Record* find_by_value(std::string_view name, std::string_view value);
    void save(Record& record);
    /// False: it was deleted.
    static bool is_there(const Record& record) { return record.modified_at != 0; }
    std::vector<http::Header> headers() const;

    Desk& desk_;
    SalesforceOrg org_;
    OrgSettings settings_;
    Table<Record> records_;
    std::map<std::string, std::int64_t, std::less<>> sessions_;  ///< When each token was last used.
    std::int64_t calls_ = 0;
};

/// What is said of a call that is refused: `[{"message":…,"errorCode":…,"fields":[…]}]`.
Answer refusal(int status, std::string_view code, std::string_view message, std::string_view field = {});

}  // namespace florin::sandbox::salesforce
