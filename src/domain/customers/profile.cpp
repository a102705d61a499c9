#include "profile.hpp"

#include <algorithm>
#include <array>

#include "florin/base/check.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/locale/locale.hpp"
#include "florin/security/card.hpp"

namespace florin::customers {
namespace {

struct AddressField {
    std::string_view name;
    std::string Address::* member;
};
constexpr std::array<AddressField, 8> address_fields{{{"first_name", &Address::first_name},
                                                      {"last_name", &Address::last_name},
                                                      {"company", &Address::company},
                                                      {"address", &Address::address},
                                                      {"city", &Address::city},
                                                      {"state", &Address::state},
                                                      {"zip", &Address::zip},
                                                      {"country", &Address::country}}};
struct ProfileField {
    std::string_view name;
    std::string Profile::* member;
};
constexpr std::array<ProfileField, 4> profile_fields{
    {{"name", &Profile::name}, {"email", &Profile::email}, {"phone", &Profile::phone}, {"locale", &Profile::locale}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Spaces, tabs, line ends and other control characters.
bool is_blank(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }

Result<void> validate_line(std::string_view text, std::string_view field) {
    if (text.find_first_of("\r\n\t") != std::string_view::npos)
        return fail(ErrorKind::invalid, "invalid_text", "Line breaks and tabs are not allowed.", field);
    return security::refuse_card_number(text, field);
}

Result<void> validate_email(std::string_view email) {
    const std::size_t at = email.find('@');
    const bool has_parts = at != std::string_view::npos && at > 0 && at + 1 < email.size();
    const std::string_view domain = has_parts ? email.substr(at + 1) : std::string_view{};
    const bool is_good = has_parts && domain.find('@') == std::string_view::npos && domain.front() != '.' &&
                         domain.back() != '.' && domain.find("..") == std::string_view::npos &&
                         std::ranges::none_of(email, is_blank) &&
                         email.find_first_of("<>,;\"") == std::string_view::npos;
    if (!is_good) return fail(ErrorKind::invalid, "invalid_email", "This is not an e-mail address.", "email");
    return security::refuse_card_number(email, "email");
}

Result<void> validate_phone(std::string_view phone) {
    const bool is_international = phone.starts_with('+');
    const auto is_known = [](char c) {
        return is_digit(c) || std::string_view{" -()./"}.find(c) != std::string_view::npos;
    };
    const auto digits = std::ranges::count_if(phone, is_digit);
    const bool is_good =
        std::ranges::all_of(phone.substr(is_international ? 1 : 0), is_known) && digits >= 3 && digits <= 15;
    if (!is_good)
        return fail(ErrorKind::invalid, "invalid_phone",
                    "A phone number has 3 to 15 digits, a plus before them and spaces, dashes, dots, slashes and "
                    "brackets between.",
                    "phone");
    // With a plus, thirteen to fifteen digits are a phone number, and one in ten passes Luhn's check.
    if (is_international) return {};
    return security::refuse_card_number(phone, "phone");
}

/// Metadata in the order of its names, so that equal meaning is equal text.
std::string canonical(std::string_view metadata) {
    const auto value = json::parse(metadata);
    check(value.has_value(), "metadata is JSON");
    return json::to_canonical_text(*value);
}

std::string text_of(const json::Value& object, std::string_view name) {
    const json::Value* const found = object.find(name);
    return found != nullptr && found->kind() == json::Kind::string ? std::string{found->text()} : std::string{};
}

}  // namespace

Result<void> validate(const Profile& profile) {
    if (auto valid = validate_line(profile.name, "name"); !valid) return valid;
    if (!profile.email.empty())
        if (auto valid = validate_email(profile.email); !valid) return valid;
    if (!profile.phone.empty())
        if (auto valid = validate_phone(profile.phone); !valid) return valid;
    if (!profile.locale.empty() && !locale::Locale::find(profile.locale))
        return fail(
            ErrorKind::invalid, "unsupported_locale",
            "Customers are written to in English or German: give en or de, and perhaps a region, such as de-AT.",
            "locale");
    for (const AddressField& field : address_fields) {
        const std::string name = "billing_address." + std::string{field.name};
        if (auto valid = validate_line(profile.billing_address.*field.member, name); !valid) return valid;
    }
    if (const std::string& country = profile.billing_address.country; !country.empty() && !locale::is_country(country))
        return fail(ErrorKind::invalid, "unknown_country",
                    "Give a country by the two capital letters of ISO 3166-1, such as DE.", "billing_address.country");
    return security::refuse_card_number(profile.metadata, "metadata");
}

Result<void> validate_customer_id(std::string_view customer_id) {
    if (customer_id.find('@') != std::string_view::npos)
        return fail(ErrorKind::invalid, "invalid_customer_id",
                    "An e-mail address cannot be a customer's id: payments keep the id when the customer is erased.",
                    "customer_id");
    return validate_line(customer_id, "customer_id");
}

Profile changed(Profile profile, const Changes& changes) {
    if (changes.name) profile.name = *changes.name;
    if (changes.email) profile.email = *changes.email;
    if (changes.phone) profile.phone = *changes.phone;
    if (changes.billing_address) profile.billing_address = *changes.billing_address;
    if (changes.metadata) profile.metadata = *changes.metadata;
    if (changes.locale) profile.locale = *changes.locale;
    return profile;
}

std::vector<std::string_view> differences(const Profile& a, const Profile& b) {
    std::vector<std::string_view> names;
    for (const ProfileField& field : profile_fields)
        if (a.*field.member != b.*field.member) names.push_back(field.name);
    if (a.billing_address != b.billing_address) names.push_back("billing_address");
    if (canonical(a.metadata) != canonical(b.metadata)) names.push_back("metadata");
    return names;
}

std::string to_text(const Profile& profile) {
    std::string text;
    // Room for all, so that no growing string leaves a copy behind.
    text.reserve(2'048 + profile.metadata.size());
    json::Writer json{text};
    json.open('{');
    for (const ProfileField& field : profile_fields)
        if (const std::string& value = profile.*field.member; !value.empty()) json.field(field.name, value);
    json.key("billing_address").open('{');
    for (const AddressField& field : address_fields)
        if (const std::string& value = profile.billing_address.*field.member; !value.empty())
            json.field(field.name, value);
    json.close('}').raw_field("metadata", profile.metadata).close('}');
    return text;
}

Profile parse_profile(std::string_view text) {
    const auto value = json::parse(text);
    check(value && value->kind() == json::Kind::object, "what was sealed as a profile is one");
    Profile profile;
    for (const ProfileField& field : profile_fields) profile.*field.member = text_of(*value, field.name);
    if (const json::Value* const address = value->find("billing_address"))
        for (const AddressField& field : address_fields)
            profile.billing_address.*field.member = text_of(*address, field.name);
    if (const json::Value* const metadata = value->find("metadata")) profile.metadata = json::to_text(*metadata);
    return profile;
}

std::string folded_email(std::string_view email) {
    std::string folded{email};
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return folded;
}

}  // namespace florin::customers
