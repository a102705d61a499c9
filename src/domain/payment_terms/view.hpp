#pragma once

#include "bodies.hpp"
#include "florin/payment_terms/payment_terms.hpp"

/// What the API shows.
namespace florin::payment_terms {

TermsView view_of(const Terms& terms);
ScheduleView schedule_view_of(const Scheduled& scheduled);
PreviewView view_of(const Previewed& previewed);

/// An instalment as it was charged, or as it will be.
struct Instalment {
    std::int64_t number = 1;
    calendar::Date due_date;
    std::int64_t amount_minor = 0;
    std::string_view status;
    std::int64_t taken_back_minor = 0;
};
/// All instalments of the terms, in their order.
std::vector<Instalment> instalments_of(const Scheduled& scheduled);

}  // namespace florin::payment_terms
