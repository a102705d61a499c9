#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"

/// How sections of the configuration file are read and judged.
namespace florin::app {

/// Error `invalid_configuration`; `key` names the setting.
std::unexpected<Error> wrong(std::string_view key, std::string_view message);

/// A `[name]` of the configuration file.
struct Section {
    const char* name;
    /// Reads it over the options. Unknown keys and wrong types are errors that name the key.
    Result<void> (*read)(const toml::table&, Options&);
    /// What its settings say of each other, wherever they come from; nothing: what is read is judged alone.
    Result<void> (*validate)(const Options&) = nullptr;
};
/// The providers that move money: see `Options::has_provider`.
std::span<const Section> provider_sections();
/// Other services that Florin talks to: mail, Salesforce, the message broker.
std::span<const Section> service_sections();

/// One table's keys, each taken once; what is left over at the end is unknown.
class Table {
public:
    Table(const toml::table& table, std::string prefix) : table_{table}, prefix_{std::move(prefix)} {}

    template <class T>
    void take(std::string_view key, T& into) {
        taken_.insert(std::string{key});
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return;
        if constexpr (std::is_same_v<T, std::string>) {
            if (const auto* text = node->as_string())
                into = text->get();
            else
                error_ = wrong(prefix_ + std::string{key}, "A text is expected.").error();
        } else if constexpr (std::is_same_v<T, bool>) {
            if (const auto* yes = node->as_boolean())
                into = yes->get();
            else
                error_ = wrong(prefix_ + std::string{key}, "true or false is expected.").error();
        } else {
            const auto* number = node->as_integer();
            if (number != nullptr && number->get() >= 0)
                into = static_cast<T>(number->get());
            else
                error_ = wrong(prefix_ + std::string{key}, "A whole number, not negative, is expected.").error();
        }
    }
    /// The name of a file whose first line is a secret.
    void take_secret(std::string_view key, std::string& into);
    void take_list(std::string_view key, std::set<std::string>& into);
    void take_list(std::string_view key, std::vector<std::int64_t>& into);
    /// A table in this one, whose keys are taken elsewhere.
    void allow_table(std::string_view key);
    Result<void> finish() const;

private:
    const toml::table& table_;
    std::string prefix_;
    std::set<std::string> taken_;
    std::optional<Error> error_;
};

}  // namespace florin::app
