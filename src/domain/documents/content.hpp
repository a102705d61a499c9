#pragma once

#include <string>
#include <string_view>

#include "sheet.hpp"

/// From what documents say to the texts that rest in the database, and back.
namespace florin::documents {

std::string to_json(const Content& content);
/// Stops the process for what `to_json` did not write.
Content read_content(std::string_view json, Currency currency);

std::string to_json(const Letterhead& letterhead);
Letterhead read_letterhead(std::string_view json);

std::string to_json(const Personal& personal);
Personal read_personal(std::string_view json);

/// Of who accepted: all but the moment and the digest.
std::string evidence_json(const Acceptance& acceptance);
void read_evidence(std::string_view json, Acceptance& acceptance);

}  // namespace florin::documents
