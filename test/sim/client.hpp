#pragma once

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "world.hpp"

namespace florin::sim {

/// What became of an operation, as its client was told.
enum class Fate {
    unfinished,  ///< No final answer yet.
    approved,
    not_approved,  ///< Declined, failed or refused: nothing moved.
    held,          ///< Approved for another amount than asked; a person decides.
};

/// One thing that a client wants to happen once, and all that it was told about it.
struct Operation {
    const Shop* shop = nullptr;
    std::string provider;  ///< Who has it, as the answer says.
    std::string type;      ///< `authorize`, `purchase`, `capture`, `refund`, `cancel`.
    std::int64_t amount_minor = 0;
    std::string currency = "USD";
    std::string path;
    std::string body;
    std::string key;                   ///< Empty for document C, where the payment's id is the key.
    bool is_approved_by_payer = true;  ///< What the payer does where they are asked to do something.

    Fate fate = Fate::unfinished;
    int status = 0;
    std::string answer;  ///< The final one.
    std::string code;    ///< Of a problem document.
    std::string transaction;
    std::vector<std::string> complaints;  ///< What a client may never see.
};

/// Everything that the clients of one installation wanted, and were told: half of the judge's books.
struct Memory {
    std::deque<Operation> operations;
    std::uint64_t next_key = 0;
    std::set<std::int64_t> used_amounts;
    /// The addresses that one mail each is to go to.
    std::vector<std::string> mails;
    /// Who is told of all their payments' events.
    std::set<const Shop*> subscribed;
    /// Of which a message was given up for a while: later ones of theirs may have come before it.
    std::set<std::string> given_up;

    /// An amount that no other operation has, so that money can be told apart by its amount.
    std::int64_t fresh_amount(Random& chance, std::int64_t least, std::int64_t most);
};

/// Charges that end later than their request.
enum class Later { confirmed_card, sepa_debit, returned_sepa_debit, ach_debit };

/// A merchant's program: asks, and asks again with the same key until it has a final answer.
class Client {
public:
    Client(Installation& installation, Memory& memory) : at_{installation}, memory_{memory} {}

    /// How long it keeps asking.
    Millis patience{600'000};
    Millis pause{700};

    Operation& charge(const Shop& shop, std::string type, std::int64_t amount_minor, std::string token = {});
    /// At Stripe.
    Operation& charge_later(Later how, std::int64_t amount_minor);
    /// As `insist`.
    Task<const Operation*> insist_later(Later how);
    /// `amount_minor` is what it must move; `says_amount` false leaves it out of the request.
    Operation& follow_up(const Operation& parent, std::string type, std::int64_t amount_minor, bool says_amount);
    /// Asks until the answer is final, and then once more, which must be answered alike.
    Task<void> pursue(Operation& operation);
    /// A charge of some amount; when it never reached the provider, another one in its place. The approved
    /// one, or null.
    Task<const Operation*> insist(const Shop& shop, std::string type, std::string token);
    /// Splits an amount in two that no other operation has.
    std::pair<std::int64_t, std::int64_t> two_parts(std::int64_t amount_minor);
    /// Document C: create, make and get.
    Task<Operation*> create_and_make(std::int64_t amount_minor);
    /// Tells where the cards of `routed_shop` go.
    Task<void> set_routes();
    /// Has a shop told of its payments from now on.
    Task<void> subscribe(const Shop& shop);
    /// Has one mail sent, asking until it is promised.
    Task<void> send_mail(const Shop& shop);
    /// Lets what lies on the shop's desk of dead letters be done after all.
    Task<void> retry_dead_letters(const Shop& shop);
    /// Stores a card; its token, empty when that could not be had in time.
    Task<std::string> store_card(const Shop& shop);

private:
    Task<void> insist_on(std::string method, std::string path, std::string body, const Shop& shop);
    struct Given {
        int status = 0;
        std::string body;
    };
    http::Request request_of(const Operation& operation) const;
    Task<std::optional<Given>> ask(http::Request request);
    bool take_answer(Operation& operation, const Given& given) const;
    void send_payer(const Operation& operation, const Given& given);
    Installation& at_;
    Memory& memory_;
};

std::string major_text(std::int64_t minor);

}  // namespace florin::sim
