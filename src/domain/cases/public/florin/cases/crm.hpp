#pragma once

#include <string>
#include <string_view>

#include "florin/cases/case.hpp"
#include "florin/runtime/task.hpp"

namespace florin::cases {

/// How the person whom a case is about can be reached.
struct Contact {
    std::string email, name;
};

/// A case as the CRM is to have it.
struct Reflection {
    const Case& one;
    Contact contact;
    bool may_be_there = false;  ///< It was sent before: an answer may have been lost.
};

/// The customer relationship management system that cases are mirrored to. Translates and does not decide, throws
/// nothing; an answer that it does not recognise is `unknown`.
class Crm {
public:
    enum class Outcome {
        accepted,
        deferred,  ///< Not taken, and may be later.
        refused,   ///< Not taken, and never will be like this.
        unknown,   ///< It may have been taken.
    };
    struct Mirrored {
        Outcome outcome = Outcome::unknown;
        std::string id = {}, code = {}, reason = {};
    };
    virtual ~Crm() = default;
    /// `salesforce`
    virtual std::string_view name() const = 0;
    /// Creates the record, or finds the one that was created for this case: never two. A case that is resolved is
    /// closed there, one that is open again is open there; what people changed there beside that stays.
    virtual Task<Mirrored> mirror(const Reflection& reflection) = 0;
};

}  // namespace florin::cases
