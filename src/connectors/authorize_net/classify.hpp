#pragma once

#include <string_view>
#include <vector>

#include "florin/payments/connector.hpp"
#include "reply.hpp"

/// From Authorize.Net's words to ours: pure functions over what was read. What they do not
/// recognise, and what contradicts itself, is `no_answer`.
namespace florin::authorize_net {

enum class Operation { charge, capture, refund, cancel };

/// The reply to a request that moves money and carried `reference`. `approved` takes a response code 1, an `Ok`
/// and the id of a transaction, all three.
payments::Answer classify(const TransactionReply& reply, Operation operation, std::string_view reference,
                          Currency currency);

/// The class of a decline for that reason code; `none` when it is not a decline's.
payments::DeclineClass decline_of(std::string_view reason_code);

/// A reply to `createCustomerProfile` other than a duplicate.
payments::StoredCard classify_stored(const ProfileReply& reply);

/// What has become of a charge or a refund that was found by its invoice number. Of a charge that was
/// voided or has expired nothing moves any more, whoever did it: that is `refused`, with the status as code.
payments::Answer judge(const Details& details, const payments::Lookup& operation);
/// As `judge` where several transactions carry the same invoice number: the one that holds or moves
/// money; if there are two of those, nobody can say which is meant: `no_answer`, `several_transactions`.
payments::Answer judge_all(const std::vector<Details>& found, const payments::Lookup& operation);
/// What has become of an authorization's only capture: the parent says.
payments::Answer judge_capture(const Details& parent, const payments::Lookup& operation);
payments::Answer judge_cancel(const Details& parent);

}  // namespace florin::authorize_net
