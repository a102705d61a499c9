#pragma once

#include <optional>
#include <vector>

#include "florin/cases/cases.hpp"

/// Rows and SQL of cases and what happened to them; nothing else.
namespace florin::cases::rows {

/// False: the cause has a case.
[[nodiscard]] bool insert(Tx& tx, const Case& one);
/// All that can change. Version-checked: from the version before `after`'s.
[[nodiscard]] bool update(Tx& tx, const Case& after);
/// From now on the CRM may know of it.
void set_tried(Tx& tx, MerchantId merchant, CaseId id);
/// Why the CRM does not have it yet. No change of the case itself.
void set_crm_error(Tx& tx, MerchantId merchant, CaseId id, std::string_view code, std::string_view reason);
void insert_entry(Tx& tx, MerchantId merchant, CaseId id, const Entry& entry);
void erase(Tx& tx, MerchantId merchant, std::string_view customer_id);

std::optional<Case> find(Reader& reader, MerchantId merchant, CaseId id);
/// As `find`; nobody else changes it until the unit ends.
std::optional<Case> take(Tx& tx, MerchantId merchant, CaseId id);
std::optional<Case> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause);
std::vector<Case> list(Reader& reader, MerchantId merchant, const CaseFilter& filter);
std::vector<Entry> entries(Reader& reader, MerchantId merchant, CaseId id);

}  // namespace florin::cases::rows
