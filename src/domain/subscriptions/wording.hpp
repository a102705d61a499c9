#pragma once

#include <string>

#include "florin/calendar/calendar.hpp"
#include "florin/locale/locale.hpp"

namespace florin::subscriptions {

/// What customers read on charges and invoices of a subscription, as it is said where they live. Pure.
class Wording {
public:
    explicit Wording(locale::Locale locale) : locale_{std::move(locale)} {}
    const locale::Locale& locale() const { return locale_; }

    /// What one without a name of its own or of a plan is called.
    std::string subscription() const;
    /// `1 March 2026 to 31 March 2026`: as people say it, the last day included.
    std::string days(const calendar::Period& period) const;
    /// `Unused: Pro`
    std::string unused(const std::string& what) const;
    /// `Pro, change of 3 March 2026`
    std::string change(const std::string& name, calendar::Date on) const;
    /// `Pro, changes until its end`
    std::string last_changes(const std::string& name) const;
    std::string credit_carried_forward() const;
    std::string credit_from_before() const;

private:
    bool is_german() const { return locale_.language() == locale::Language::german; }
    locale::Locale locale_;
};

}  // namespace florin::subscriptions
