#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/customers/customer.hpp"
#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"

/// The bodies of the customer routes, in and out.
namespace florin::customers {

struct AddressBody {
    std::optional<std::string> first_name, last_name, company, address, city, state, zip, country;
};

struct CreateBody {
    std::optional<std::string> customer_id, name, email, phone, locale;
    std::optional<AddressBody> billing_address;
    json::Object metadata;
};

struct ChangeBody {
    std::int64_t version = 0;
    std::optional<std::string> name, email, phone, locale;
    std::optional<AddressBody> billing_address;
    std::optional<json::Object> metadata;
};

struct CustomerView {
    CustomerId id;
    std::string customer_id;
    std::optional<std::string> name, email, phone, locale;
    std::optional<AddressBody> billing_address;
    json::Object metadata;
    std::int64_t version = 0;
    Instant created_at, updated_at;
    std::optional<Instant> erased_at;
};

using CustomerListView = http::Page<CustomerView>;

}  // namespace florin::customers

namespace florin::json {

template <>
struct Described<customers::AddressBody> {
    using B = customers::AddressBody;
    static constexpr std::string_view name = "CustomerAddress";
    static constexpr std::string_view doc = "Has the fields of a payment's billing address.";
    static constexpr auto fields = std::tuple{
        Field{.name = "first_name", .member = &B::first_name, .doc = "First name.", .min_length = 1, .max_length = 50},
        Field{.name = "last_name", .member = &B::last_name, .doc = "Last name.", .min_length = 1, .max_length = 50},
        Field{.name = "company", .member = &B::company, .doc = "Company.", .min_length = 1, .max_length = 50},
        Field{.name = "address", .member = &B::address, .doc = "Street and number.", .min_length = 1, .max_length = 60},
        Field{.name = "city", .member = &B::city, .doc = "City.", .min_length = 1, .max_length = 40},
        Field{.name = "state", .member = &B::state, .doc = "State or province.", .min_length = 1, .max_length = 40},
        Field{.name = "zip", .member = &B::zip, .doc = "Postal code.", .min_length = 1, .max_length = 20},
        Field{.name = "country",
              .member = &B::country,
              .doc = "The two letters of ISO 3166-1 alpha-2.",
              .example = "\"DE\"",
              .min_length = 2,
              .max_length = 60},
    };
};

template <>
struct Described<customers::CreateBody> {
    using B = customers::CreateBody;
    static constexpr std::string_view name = "CreateCustomerRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "customer_id",
              .member = &B::customer_id,
              .doc = "Your own id of the customer, as your payments give it; left out: the new `id`. Outlives erasure, "
                     "so it is no e-mail address.",
              .example = "\"customer-7\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "name",
              .member = &B::name,
              .doc = "The name of the person or company.",
              .example = "\"Ada Lovelace\"",
              .min_length = 1,
              .max_length = 200},
        Field{.name = "email",
              .member = &B::email,
              .doc = "E-mail address.",
              .example = "\"ada@example.com\"",
              .min_length = 3,
              .max_length = 254},
        Field{.name = "phone",
              .member = &B::phone,
              .doc = "Phone number.",
              .example = "\"+44 20 7946 0000\"",
              .min_length = 3,
              .max_length = 32},
        Field{.name = "locale",
              .member = &B::locale,
              .doc =
                  "In which words and forms mails and documents are: `en` or `de`, and perhaps a region. Left out: as "
                  "your profile says.",
              .example = "\"de-AT\"",
              .min_length = 2,
              .max_length = 35},
        Field{"billing_address", &B::billing_address, "Where bills go."},
        Field{"metadata", &B::metadata, "Any object of yours, up to 8 KiB."},
    };
};

template <>
struct Described<customers::ChangeBody> {
    using B = customers::ChangeBody;
    static constexpr std::string_view name = "ChangeCustomerRequest";
    static constexpr std::string_view doc = "What is left out stays; what is `null` is taken away.";
    static constexpr auto fields = std::tuple{
        Field{.name = "version",
              .member = &B::version,
              .doc = "The version that you have read.",
              .example = "1",
              .minimum = 1},
        Field{.name = "name",
              .member = &B::name,
              .doc = "The name of the person or company.",
              .example = "\"Ada Lovelace\"",
              .min_length = 1,
              .max_length = 200},
        Field{.name = "email",
              .member = &B::email,
              .doc = "E-mail address.",
              .example = "\"ada@example.com\"",
              .min_length = 3,
              .max_length = 254},
        Field{.name = "phone",
              .member = &B::phone,
              .doc = "Phone number.",
              .example = "\"+44 20 7946 0000\"",
              .min_length = 3,
              .max_length = 32},
        Field{.name = "locale",
              .member = &B::locale,
              .doc =
                  "In which words and forms mails and documents are: `en` or `de`, and perhaps a region. Left out: as "
                  "your profile says.",
              .example = "\"de-AT\"",
              .min_length = 2,
              .max_length = 35},
        Field{"billing_address", &B::billing_address, "Takes the place of the whole address."},
        Field{"metadata", &B::metadata, "Takes the place of the whole object; up to 8 KiB."},
    };
};

template <>
struct Described<customers::CustomerView> {
    using V = customers::CustomerView;
    static constexpr std::string_view name = "Customer";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The customer's id."},
        Field{"customer_id", &V::customer_id, "The merchant's own id; payments carry it.", "\"customer-7\""},
        Field{"name", &V::name, "The name of the person or company.", "\"Ada Lovelace\""},
        Field{"email", &V::email, "E-mail address.", "\"ada@example.com\""},
        Field{"phone", &V::phone, "Phone number.", "\"+44 20 7946 0000\""},
        Field{"locale", &V::locale, "In which words and forms mails and documents are.", "\"de-AT\""},
        Field{"billing_address", &V::billing_address, "Where bills go."},
        Field{"metadata", &V::metadata, "The merchant's own."},
        Field{"version", &V::version, "Counts changes, for optimistic locking.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
        Field{"erased_at", &V::erased_at, "Only once erased: since then nothing is known of the person."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::customers::CustomerView> {
    static constexpr std::string_view name = "CustomerList", data = "Newest first.";
};
