#pragma once

#include <map>

#include "case_store.hpp"
#include "florin/cases/cases.hpp"

namespace florin::cases {

struct Cases::Impl {
    Surroundings on;
    std::map<std::string, std::function<Result<void>(Tx&, const Case&)>, std::less<>> owners;

    /// Writes what has happened to a case, with the entry, event and audit record that tell of it. False: somebody else
    /// has moved it.
    [[nodiscard]] bool change(Tx& tx, const Case& after, const Entry& entry, const Asker& asker) const;
    /// Those of a state that is written already.
    void tell(Tx& tx, const Case& one, const Entry& entry, const Asker& asker) const;
    /// The CRM is to be told of the state that `one` is about to have.
    void want_mirror(Tx& tx, Case& one) const;

    /// Resolves it without a person, if it is open.
    void end(Tx& tx, MerchantId merchant, CaseId id, Resolution resolution, std::string_view why) const;

    Task<Result<void>> record(const jobs::Job& job, const Case& sent, const Contact& contact,
                              const Crm::Mirrored& mirrored);
};

/// `one` a version later.
Case next(const Case& one, Instant now);
/// All of a case that events may tell: nothing that people have written.
std::string event_data(const Case& one);

inline std::unexpected<Error> no_case() {
    return fail(ErrorKind::not_found, "case_not_found", "There is no such case.");
}
inline std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "case_changed_meanwhile",
                "Somebody else has changed this case just now. Read it again.");
}

}  // namespace florin::cases
