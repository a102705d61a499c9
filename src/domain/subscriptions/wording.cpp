#include "wording.hpp"

namespace florin::subscriptions {

std::string Wording::subscription() const { return is_german() ? "Abonnement" : "Subscription"; }

std::string Wording::days(const calendar::Period& period) const {
    const calendar::Date last = calendar::plus_days(period.until, -1);
    if (last == period.from) return locale_.date(last);
    return locale_.date(period.from) + (is_german() ? " bis " : " to ") + locale_.date(last);
}

std::string Wording::unused(const std::string& what) const {
    return (is_german() ? "Nicht genutzt: " : "Unused: ") + what;
}

std::string Wording::change(const std::string& name, calendar::Date on) const {
    return name + (is_german() ? ", Änderung vom " : ", change of ") + locale_.date(on);
}

std::string Wording::last_changes(const std::string& name) const {
    return name + (is_german() ? ", Änderungen bis zum Ende" : ", changes until its end");
}

std::string Wording::credit_carried_forward() const {
    return is_german() ? "Guthaben, das übertragen wird" : "Credit carried forward";
}

std::string Wording::credit_from_before() const { return is_german() ? "Übertragenes Guthaben" : "Credit from before"; }

}  // namespace florin::subscriptions
