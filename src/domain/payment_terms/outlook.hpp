#pragma once

#include <optional>
#include <vector>

#include "florin/payment_terms/payment_terms.hpp"

/// What is still to come of payment terms. Pure.
namespace florin::payment_terms {

/// An instalment that will be charged, or a credit that will be given back.
struct ToCome {
    billing::Purpose purpose = billing::Purpose::instalment;
    std::int64_t number = 1;  ///< As the charge's will be.
    bool is_refund = false;
    calendar::Date due_date;
    std::int64_t amount_minor = 0;
    /// Of a credit, the charge that has to arrive first.
    std::optional<billing::ChargeId> follows;
};

/// All that is to come if everything on its way arrives: at once, or on the day on which it is tried again, and what
/// follows of it at once is given back then. Instalments are in their order, also those of zero. Nothing once the terms
/// are canceled.
std::vector<ToCome> to_come(const Scheduled& scheduled);

/// What the terms come to from here on, in sum.
struct Outlook {
    std::vector<ToCome> instalments;  ///< None of zero.
    std::int64_t to_come_minor = 0;   ///< Their sum.
    /// What the customer was asked for beyond what is due, and is given back once it has been received.
    std::int64_t credit_minor = 0;
};
Outlook outlook_of(const Scheduled& scheduled);

}  // namespace florin::payment_terms
