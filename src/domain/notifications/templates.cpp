// Whose words a mail has.

#include <algorithm>

#include "florin/security/card.hpp"
#include "notifications_impl.hpp"

namespace florin::notifications {
namespace {

constexpr std::size_t most_templates = 500;

bool is_template_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

const Template* built_in(std::string_view name, std::string_view language) {
    for (const Template& one : built_in_templates())
        if (one.name == name && one.language == language) return &one;
    return nullptr;
}

void audit_change(const Surroundings& on, store::Tx& tx, const Asker& asker, std::string_view action,
                  const std::string& id) {
    on.audit.append(tx, {.merchant = asker.merchant,
                         .correlation_id = asker.correlation_id,
                         .action = action,
                         .entity_type = "notification_template",
                         .entity_id = id,
                         .actor = asker.actor,
                         .ip_address = asker.ip_address,
                         .user_agent = asker.user_agent});
}

}  // namespace

Result<Template> choose_template(store::Reader& reader, MerchantId merchant, std::string_view name,
                                 std::string_view language, std::string_view default_language) {
    std::vector<std::string_view> languages{language};
    if (const std::size_t dash = language.find('-'); dash != std::string_view::npos)
        languages.push_back(language.substr(0, dash));
    languages.push_back(default_language);
    for (const std::string_view one : languages)
        if (auto own = rows::find_template(reader, merchant, name, one)) return std::move(*own);
    // Florin's own are all there in English.
    languages.emplace_back("en");
    for (const std::string_view one : languages)
        if (const Template* const found = built_in(name, one)) return *found;
    return no_template();
}

Task<Result<std::vector<Template>>> Notifications::list_templates(MerchantId merchant) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<Template>> {
        std::vector<Template> all = rows::templates(reader, merchant);
        for (const Template& one : built_in_templates())
            if (std::ranges::none_of(
                    all, [&](const Template& own) { return own.name == one.name && own.language == one.language; }))
                all.push_back(one);
        std::ranges::sort(all, [](const Template& a, const Template& b) {
            return std::tie(a.name, a.language) < std::tie(b.name, b.language);
        });
        return all;
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Template>> Notifications::find_template(MerchantId merchant, std::string name, std::string language) {
    auto read = [&](store::Reader& reader) -> Result<Template> {
        const auto folded = parse_language(language);
        if (!folded) return no_template();
        if (auto own = rows::find_template(reader, merchant, name, *folded)) return std::move(*own);
        if (const Template* const found = built_in(name, *folded)) return *found;
        return no_template();
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Template>> Notifications::choose_template(MerchantId merchant, std::string name, std::string language) {
    auto read = [&](store::Reader& reader) -> Result<Template> {
        const std::string& fallback = impl_->on.default_language;
        return notifications::choose_template(reader, merchant, name, parse_language(language).value_or(fallback),
                                              fallback);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Template>> Notifications::put_template(Asker asker, std::string name, std::string language,
                                                   TemplateText words) {
    Impl& my = *impl_;
    const auto folded = parse_language(language);
    if (!is_template_name(name))
        co_return fail(ErrorKind::invalid, "invalid_template_name",
                       "A template's name has 1 to 64 lower-case letters, digits and underscores.", "name");
    if (!folded)
        co_return fail(ErrorKind::invalid, "invalid_language", "Give a language such as de or de-AT.", "language");
    if (auto valid = validate(words); !valid) co_return fail(std::move(valid.error()));
    for (const auto& [field, text] :
         {std::pair{"subject", &words.subject}, std::pair{"text", &words.text}, std::pair{"html", &words.html}})
        if (auto fit = security::refuse_card_number(*text, field); !fit) co_return fail(std::move(fit.error()));

    auto put = [&](store::Tx& tx) -> Result<Template> {
        const auto before = rows::find_template(tx, asker.merchant, name, *folded);
        Template made{.name = name,
                      .language = *folded,
                      .words = words,
                      .is_built_in = false,
                      .version = before ? before->version + 1 : 1,
                      .created_at = before ? before->created_at : tx.now(),
                      .updated_at = tx.now()};
        if (!before && rows::templates(tx, asker.merchant).size() >= most_templates)
            return fail(ErrorKind::conflict, "too_many_templates", "A merchant has 500 templates at most.");
        const bool is_written =
            before ? rows::update_template(tx, asker.merchant, made) : rows::insert_template(tx, asker.merchant, made);
        if (!is_written)
            return fail(ErrorKind::conflict, "template_changed_meanwhile",
                        "Somebody else has changed the template at the same moment. Read it again.");
        audit_change(my.on, tx, asker, "notification_template.changed", name + "." + *folded);
        return made;
    };
    co_return co_await my.on.store.write(put);
}

Task<Result<void>> Notifications::remove_template(Asker asker, std::string name, std::string language) {
    Impl& my = *impl_;
    auto remove = [&](store::Tx& tx) -> Result<bool> {
        const auto folded = parse_language(language);
        if (!folded || !rows::remove_template(tx, asker.merchant, name, *folded)) return no_template();
        audit_change(my.on, tx, asker, "notification_template.removed", name + "." + *folded);
        return true;
    };
    const auto removed = co_await my.on.store.write(remove);
    if (!removed) co_return fail(removed.error());
    co_return Result<void>{};
}

}  // namespace florin::notifications
