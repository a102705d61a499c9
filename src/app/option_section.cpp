#include "option_section.hpp"

#include <fstream>

namespace florin::app {
namespace {

/// A file's first line, for secrets that lie in files of their own.
Result<std::string> read_secret_file(const std::string& path, std::string_view key) {
    std::ifstream file{path};
    std::string secret;
    if (!std::getline(file, secret) || secret.empty())
        return wrong(key, "The file cannot be read, or is empty: " + path);
    return secret;
}

}  // namespace

std::unexpected<Error> wrong(std::string_view key, std::string_view message) {
    return fail(ErrorKind::invalid, "invalid_configuration", message, key);
}

void Table::take_secret(std::string_view key, std::string& into) {
    std::string file;
    take(key, file);
    if (file.empty() || error_) return;
    auto secret = read_secret_file(file, prefix_ + std::string{key});
    if (secret)
        into = std::move(*secret);
    else
        error_ = std::move(secret.error());
}

void Table::take_list(std::string_view key, std::set<std::string>& into) {
    taken_.insert(std::string{key});
    const toml::node* node = table_.get(key);
    if (node == nullptr || error_) return;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        error_ = wrong(prefix_ + std::string{key}, "A list of texts is expected.").error();
        return;
    }
    into.clear();
    for (const toml::node& item : *list) {
        if (const auto* text = item.as_string())
            into.insert(text->get());
        else
            error_ = wrong(prefix_ + std::string{key}, "A list of texts is expected.").error();
    }
}

void Table::take_list(std::string_view key, std::vector<std::int64_t>& into) {
    taken_.insert(std::string{key});
    const toml::node* node = table_.get(key);
    if (node == nullptr || error_) return;
    const toml::array* list = node->as_array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
        if (const auto number = list->get(i)->value_exact<std::int64_t>()) into.push_back(*number);
    if (list == nullptr || into.size() != list->size())
        error_ = wrong(prefix_ + std::string{key}, "A list of whole numbers is expected.").error();
}

void Table::allow_table(std::string_view key) {
    taken_.insert(std::string{key});
    const toml::node* node = table_.get(key);
    if (node == nullptr || node->is_table() || error_) return;
    // Passed over, it would leave TLS off or payments in the sandbox.
    error_ = wrong(prefix_ + std::string{key}, "A table is expected: a line with [" + std::string{key} + "].").error();
}

Result<void> Table::finish() const {
    if (error_) return fail(*error_);
    for (const auto& [key, node] : table_)
        if (!taken_.contains(std::string{key.str()}))
            return wrong(prefix_ + std::string{key.str()}, "There is no such setting.");
    return {};
}

}  // namespace florin::app
