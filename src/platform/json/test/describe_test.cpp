#include <gtest/gtest.h>

#include "florin/json/describe.hpp"

namespace florin::json {

struct Secret {
    std::string seen;
    static Result<Secret> from_json(std::string_view text) {
        if (text == "bad") return fail(ErrorKind::invalid, "invalid_secret", "No.", "elsewhere");
        return Secret{std::string{text}};
    }
};
struct SampleCard {
    Secret number;
    std::int64_t expiry_month = 0;
    std::optional<std::string> name;
};
struct SampleLine {
    std::string sku;
    std::int64_t count = 0;
};
struct SampleBody {
    Decimal amount;
    std::string currency;
    std::optional<std::string> note;
    std::optional<SampleCard> card;
    std::vector<SampleLine> lines;
    std::optional<std::vector<std::string>> tags;
    std::optional<bool> is_urgent;
    std::optional<Id<struct Thing>> thing_id;
    std::optional<Instant> starts_at;
    Object metadata;
};
struct SampleView {
    std::string_view status;
    Decimal amount;
    std::int64_t amount_minor = 0;
    std::optional<std::string> auth_code;
    std::vector<SampleLine> lines;
    Instant created_at;
    Id<struct Thing> id;
    Object metadata;
    bool is_final = false;
};

template <>
struct Described<SampleCard> {
    static constexpr std::string_view name = "Card";
    static constexpr auto fields =
        std::tuple{Field{"number", &SampleCard::number, "The number.", "\"4111111111111111\"", 1, 30},
                   Field{.name = "expiry_month",
                         .member = &SampleCard::expiry_month,
                         .doc = "1 to 12.",
                         .minimum = 1,
                         .maximum = 12},
                   Field{"name", &SampleCard::name, "As on the card."}};
};
template <>
struct Described<SampleLine> {
    static constexpr std::string_view name = "Line";
    static constexpr auto fields = std::tuple{Field{"sku", &SampleLine::sku, "What.", "\"A1\"", 1, 8},
                                              Field{"count", &SampleLine::count, "How many."}};
};
template <>
struct Described<SampleBody> {
    static constexpr std::string_view name = "Sample";
    static constexpr std::string_view doc = "A body with everything.";
    static constexpr auto fields = std::tuple{Field{"amount", &SampleBody::amount, "Major units.", "12.50"},
                                              Field{"currency", &SampleBody::currency, "ISO 4217.", "\"EUR\"", 3, 3},
                                              Field{"note", &SampleBody::note, ""},
                                              Field{"card", &SampleBody::card, "The card."},
                                              Field{"lines", &SampleBody::lines, "The lines."},
                                              Field{"tags", &SampleBody::tags, "", {}, 0, 4},
                                              Field{"is_urgent", &SampleBody::is_urgent, ""},
                                              Field{"thing_id", &SampleBody::thing_id, ""},
                                              Field{"starts_at", &SampleBody::starts_at, ""},
                                              Field{"metadata", &SampleBody::metadata, "Yours."}};
};
template <>
struct Described<SampleView> {
    static constexpr std::string_view name = "SampleView";
    static constexpr auto fields = std::tuple{Field{"status", &SampleView::status, ""},
                                              Field{"amount", &SampleView::amount, ""},
                                              Field{"amount_minor", &SampleView::amount_minor, ""},
                                              Field{"auth_code", &SampleView::auth_code, ""},
                                              Field{"lines", &SampleView::lines, ""},
                                              Field{"created_at", &SampleView::created_at, ""},
                                              Field{"id", &SampleView::id, ""},
                                              Field{"metadata", &SampleView::metadata, ""},
                                              Field{"is_final", &SampleView::is_final, ""}};
};

namespace {

constexpr std::string_view smallest = R"({"amount":"12.50","currency":"EUR","lines":[]})";

/// The smallest body with one more member, or with one of its members replaced.
std::string with(std::string_view name, std::string_view json) {
    std::string out = "{";
    bool is_replaced = false;
    const auto value = parse(smallest);
    for (const auto& [known, member] : value->members()) {
        if (out.size() > 1) out.push_back(',');
        const bool is_this = known == name;
        is_replaced = is_replaced || is_this;
        out.append("\"").append(known).append("\":").append(is_this ? std::string{json} : to_text(member));
    }
    if (!is_replaced) out.append(",\"").append(name).append("\":").append(json);
    return out + "}";
}

TEST(Read, every_kind_of_member_arrives) {
    const auto body = read<SampleBody>(*parse(R"({
        "amount": 12.50, "currency": "EUR", "note": "a\nb", "card": {"number": "4111", "expiry_month": 12},
        "lines": [{"sku": "A", "count": 2}, {"count": -3, "sku": "B"}], "tags": ["x", "y"], "is_urgent": true,
        "thing_id": "C560A405-f533-4939-ac46-a503c67c8bea", "starts_at": "2026-11-20T10:15:30Z",
        "metadata": {"k": [1, 2.0, {"n": null}]}})"));
    ASSERT_TRUE(body);
    EXPECT_EQ(body->amount.text, "12.50");
    EXPECT_EQ(body->note, "a\nb");
    EXPECT_EQ(body->card->number.seen, "4111");
    EXPECT_EQ(body->card->expiry_month, 12);
    EXPECT_FALSE(body->card->name);
    EXPECT_EQ(body->lines[1].count, -3);
    EXPECT_EQ(body->tags->at(1), "y");
    EXPECT_EQ(body->is_urgent, true);
    EXPECT_EQ(body->thing_id->text(), "c560a405-f533-4939-ac46-a503c67c8bea");
    EXPECT_EQ(to_text(*body->starts_at), "2026-11-20T10:15:30.000Z");
    EXPECT_EQ(body->metadata.text, R"({"k":[1,2.0,{"n":null}]})");
}

TEST(Read, null_is_absent_where_a_field_is_optional) {
    const auto body = read<SampleBody>(*parse(
        R"({"amount":"1","currency":"EUR","lines":[],"note":null,"card":null,"tags":null,"metadata":null,"thing_id":null})"));
    ASSERT_TRUE(body);
    EXPECT_FALSE(body->note || body->card || body->tags || body->thing_id);
    EXPECT_EQ(body->metadata.text, "{}");
}

TEST(Read, every_refusal_names_its_field) {  // F98, F138
    struct Case {
        const char* why;
        std::string text;
        std::string code;
        std::string field;
    };
    const std::string big = R"({"k":")" + std::string(8 * 1024, 'x') + R"("})";
    const Case cases[] = {
        {"not an object", "[]", "wrong_type", ""},
        {"missing", R"({"amount":1,"lines":[]})", "missing_field", "currency"},
        {"null where something is required", with("currency", "null"), "wrong_type", "currency"},
        {"mass assignment", with("status", R"("captured")"), "unknown_field", "status"},
        {"unknown, with a name that must not be seen", with("4111111111111111", "1"), "unknown_field", "?"},
        {"unknown inside", with("card", R"({"number":"1","expiry_month":1,"pin":1})"), "unknown_field", "card.pin"},
        {"missing inside", with("card", R"({"number":"1"})"), "missing_field", "card.expiry_month"},
        {"a name in other letters", with("Note", "\"x\""), "unknown_field", "Note"},
        {"a number for a string", with("currency", "978"), "wrong_type", "currency"},
        {"too long", with("currency", R"("EURO")"), "too_long", "currency"},
        {"too short", with("currency", R"("EU")"), "too_short", "currency"},
        {"longer than anything", with("note", "\"" + std::string(256, 'x') + "\""), "too_long", "note"},
        {"NUL", with("note", R"("a\u0000b")"), "invalid_text", "note"},
        {"escape", with("note", R"("\u001b[2J")"), "invalid_text", "note"},
        {"an item too long", with("tags", R"(["ok","12345"])"), "too_long", "tags.1"},
        {"an item of another type", with("lines", R"([{"sku":"A","count":1},7])"), "wrong_type", "lines.1"},
        {"inside an item", with("lines", R"([{"sku":"A","count":1.0}])"), "wrong_type", "lines.0.count"},
        {"an integer as text", with("lines", R"([{"sku":"A","count":"1"}])"), "wrong_type", "lines.0.count"},
        {"an integer with exponent", with("lines", R"([{"sku":"A","count":1e2}])"), "wrong_type", "lines.0.count"},
        {"minus zero", with("lines", R"([{"sku":"A","count":-0}])"), "wrong_type", "lines.0.count"},
        {"beyond 64 bits", with("lines", R"([{"sku":"A","count":9223372036854775808}])"), "out_of_range",
         "lines.0.count"},
        {"beyond the bound", with("card", R"({"number":"1","expiry_month":13})"), "out_of_range", "card.expiry_month"},
        {"a type's own refusal", with("card", R"({"number":"bad","expiry_month":1})"), "invalid_secret", "card.number"},
        {"a secret as a number", with("card", R"({"number":4111,"expiry_month":1})"), "wrong_type", "card.number"},
        {"no boolean", with("is_urgent", "1"), "wrong_type", "is_urgent"},
        {"no id", with("thing_id", R"("17")"), "invalid_id", "thing_id"},
        {"no object", with("metadata", "[]"), "wrong_type", "metadata"},
        {"too much metadata", with("metadata", big), "too_long", "metadata"},
        {"no decimal", with("amount", "true"), "wrong_type", "amount"},
        {"a decimal without end", with("amount", std::string(41, '1')), "too_long", "amount"},
    };
    for (const auto& [why, text, code, field] : cases) {
        const auto value = parse(text);
        ASSERT_TRUE(value) << why;
        const auto body = read<SampleBody>(*value);
        ASSERT_FALSE(body) << why;
        EXPECT_EQ(body.error().kind, ErrorKind::invalid) << why;
        EXPECT_EQ(body.error().code, code) << why;
        EXPECT_EQ(body.error().field, field) << why;
    }
    EXPECT_TRUE(read<SampleBody>(*parse(smallest)));
}

TEST(Write, a_view_is_written_as_it_is_described_without_what_is_empty) {
    SampleView view{.status = "captured",
                    .amount = {"12.50"},
                    .amount_minor = 1250,
                    .auth_code = {},
                    .lines = {{"A\"", 2}},
                    .created_at = {0},
                    .id = {},
                    .metadata = {R"({"a":1})"},
                    .is_final = true};
    EXPECT_EQ(to_text(view),
              R"({"status":"captured","amount":12.50,"amount_minor":1250,"lines":[{"sku":"A\"","count":2}],)"
              R"("created_at":"1970-01-01T00:00:00.000Z","id":"00000000-0000-0000-0000-000000000000",)"
              R"("metadata":{"a":1},"is_final":true})");
    view.auth_code = "X";
    view.amount.text = "not a number";
    EXPECT_NE(to_text(view).find(R"("amount":"not a number","amount_minor":1250,"auth_code":"X")"), std::string::npos);
}

TEST(Writer, text_is_escaped_and_commas_stand_between) {
    std::string out;
    Writer writer{out};
    writer.open('{').field("a\"", std::string_view{"\x01\x1f\"\\\b\f\n\r\t/é", 12});
    writer.key("b").open('[').value(INT64_MIN).value(-1).value(false).null().open('{').close('}').close(']');
    writer.field("c", std::optional<std::int64_t>{}).field("d", std::optional{true}).raw_field("e", "[1]").close('}');
    EXPECT_EQ(out,
              R"({"a\"":"\u0001\u001f\"\\\b\f\n\r\t/é","b":[-9223372036854775808,-1,false,null,{}],"d":true,"e":[1]})");
    EXPECT_TRUE(parse(out));
}

TEST(Schemas, a_type_and_what_is_inside_it_are_described_once) {
    std::vector<Schema> schemas;
    append_schemas<SampleBody>(schemas);
    append_schemas<SampleView>(schemas);
    append_schemas<SampleBody>(schemas);
    ASSERT_EQ(schemas.size(), 4);
    EXPECT_EQ(schemas[0].name, "Sample");
    EXPECT_EQ(schemas[1].name, "Card");
    EXPECT_EQ(schemas[2].name, "Line");
    EXPECT_EQ(schemas[3].name, "SampleView");
    EXPECT_EQ(
        schemas[1].json,
        R"({"type":"object","properties":{)"
        R"("number":{"type":"string","writeOnly":true,"description":"The number.","examples":["4111111111111111"]},)"
        R"("expiry_month":{"type":"integer","format":"int64","minimum":1,"maximum":12,"description":"1 to 12."},)"
        R"("name":{"type":"string","maxLength":255,"description":"As on the card."}},)"
        R"("required":["number","expiry_month"],"additionalProperties":false})");
    const auto sample = parse(schemas[0].json);
    ASSERT_TRUE(sample);
    EXPECT_EQ(to_text(*sample->find("required")), R"(["amount","currency","lines"])");
    const Value* properties = sample->find("properties");
    EXPECT_EQ(to_text(*properties->find("currency")),
              R"({"type":"string","minLength":3,"maxLength":3,"description":"ISO 4217.","examples":["EUR"]})");
    EXPECT_EQ(to_text(*properties->find("card")), R"({"$ref":"#/components/schemas/Card","description":"The card."})");
    EXPECT_EQ(to_text(*properties->find("lines")->find("items")), R"({"$ref":"#/components/schemas/Line"})");
}

}  // namespace
}  // namespace florin::json
