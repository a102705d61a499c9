// Florin's own words, each in English and in German. What fills each of them is listed in the guide; beside that any is
// filled with `name`, `merchant` and `support_email`.

#include "built_in_layout.hpp"

namespace florin::notifications {
namespace {

using enum Block::Kind;

/// Of a charge: `amount`, `description`, `reference`, `link`; of one that failed `retry_on`, if it is
/// tried again, and `is_returned`, if a bank took back what had been paid.
std::vector<OwnTemplate> of_payments() {
    return {
        {.name = "payment_receipt",
         .language = "en",
         .subject = "Receipt for {{amount}}{{#reference}} ({{reference}}){{/reference}}",
         .blocks = {{.words = "We have received your payment. Thank you."},
                    {.kind = fact, .words = "*{{amount}}*", .label = "Paid"},
                    {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
                    {.kind = fact, .words = "{{reference}}", .label = "Receipt", .when = "reference"},
                    {.kind = link, .words = "{{link}}", .label = "Show the receipt", .when = "link"}}},
        {.name = "payment_receipt",
         .language = "de",
         .subject = "Quittung über {{amount}}{{#reference}} ({{reference}}){{/reference}}",
         .blocks = {{.words = "wir haben Ihre Zahlung erhalten. Vielen Dank."},
                    {.kind = fact, .words = "*{{amount}}*", .label = "Bezahlt"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{reference}}", .label = "Quittung", .when = "reference"},
                    {.kind = link, .words = "{{link}}", .label = "Quittung ansehen", .when = "link"}}},

        {.name = "payment_refunded",
         .language = "en",
         .subject = "Refund of {{amount}}{{#reference}} ({{reference}}){{/reference}}",
         .blocks = {{.words = "We have sent money back to you. Your bank may take a few days to show it."},
                    {.kind = fact, .words = "*{{amount}}*", .label = "Refunded"},
                    {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
                    {.kind = fact, .words = "{{reference}}", .label = "Credit note", .when = "reference"},
                    {.kind = link, .words = "{{link}}", .label = "Show the credit note", .when = "link"}}},
        {.name = "payment_refunded",
         .language = "de",
         .subject = "Erstattung über {{amount}}{{#reference}} ({{reference}}){{/reference}}",
         .blocks = {{.words =
                         "wir haben Ihnen Geld erstattet. Bis es auf Ihrem Konto steht, können einige Tage vergehen."},
                    {.kind = fact, .words = "*{{amount}}*", .label = "Erstattet"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{reference}}", .label = "Gutschrift", .when = "reference"},
                    {.kind = link, .words = "{{link}}", .label = "Gutschrift ansehen", .when = "link"}}},

        {.name = "payment_failed",
         .language = "en",
         .subject = "Your payment of {{amount}} {{^is_returned}}did not go through{{/is_returned}}{{#is_returned}}was "
                    "returned by your bank{{/is_returned}}",
         .blocks =
             {{.words = "Your payment of *{{amount}}*{{#description}} for {{description}}{{/description}} could not be "
                        "collected.",
               .when = "^is_returned"},
              {.words = "Your bank has returned your payment of *{{amount}}*{{#description}} for "
                        "{{description}}{{/description}}, so it is still open.",
               .when = "is_returned"},
              {.words = "We will try again on *{{retry_on}}*. Please make sure that there is enough on your account.",
               .when = "retry_on"},
              {.words = "Please get in touch with us.", .when = "^retry_on"}}},
        {.name = "payment_failed",
         .language = "de",
         .subject =
             "Ihre Zahlung von {{amount}} {{^is_returned}}ist nicht gelungen{{/is_returned}}{{#is_returned}}wurde "
             "von Ihrer Bank zurückgegeben{{/is_returned}}",
         .blocks =
             {{.words =
                   "Ihre Zahlung von *{{amount}}*{{#description}} für {{description}}{{/description}} konnte nicht "
                   "eingezogen werden.",
               .when = "^is_returned"},
              {.words = "Ihre Bank hat Ihre Zahlung von *{{amount}}*{{#description}} für "
                        "{{description}}{{/description}} zurückgegeben; sie ist damit wieder offen.",
               .when = "is_returned"},
              {.words = "Wir versuchen es am *{{retry_on}}* noch einmal. Bitte sorgen Sie für genügend Deckung.",
               .when = "retry_on"},
              {.words = "Bitte melden Sie sich bei uns.", .when = "^retry_on"}}},

        // A charge to come cannot be made as things are: `due_on` besides; of a card `card`, its last digits, and
        // `expires`.
        {.name = "card_expiring",
         .language = "en",
         .subject = "Your card ending in {{card}} expires before your next payment",
         .blocks =
             {{.words =
                   "Your card ending in *{{card}}* will have expired when your next payment is due. Please give us "
                   "another card before that day."},
              {.kind = fact, .words = "*{{amount}}*", .label = "Next payment"},
              {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
              {.kind = fact, .words = "{{due_on}}", .label = "Due on"},
              {.kind = fact, .words = "{{expires}}", .label = "Card good through"}}},
        {.name = "card_expiring",
         .language = "de",
         .subject = "Ihre Karte mit der Endung {{card}} läuft vor der nächsten Zahlung ab",
         .blocks = {{.words =
                         "Ihre Karte mit der Endung *{{card}}* ist abgelaufen, wenn Ihre nächste Zahlung fällig wird. "
                         "Bitte nennen Sie uns vorher eine andere Karte."},
                    {.kind = fact, .words = "*{{amount}}*", .label = "Nächste Zahlung"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{due_on}}", .label = "Fällig am"},
                    {.kind = fact, .words = "{{expires}}", .label = "Karte gültig bis"}}},
        {.name = "payment_method_missing",
         .language = "en",
         .subject = "We have no way to collect your next payment",
         .blocks =
             {{.words =
                   "There is no card or account of yours that we could charge your next payment to. Please give us "
                   "one before it is due."},
              {.kind = fact, .words = "*{{amount}}*", .label = "Next payment"},
              {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
              {.kind = fact, .words = "{{due_on}}", .label = "Due on"}}},
        {.name = "payment_method_missing",
         .language = "de",
         .subject = "Für Ihre nächste Zahlung fehlt ein Zahlungsmittel",
         .blocks = {{.words =
                         "wir kennen keine Karte und kein Konto von Ihnen, von dem wir Ihre nächste Zahlung abbuchen "
                         "könnten. Bitte nennen Sie uns vorher eines."},
                    {.kind = fact, .words = "*{{amount}}*", .label = "Nächste Zahlung"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{due_on}}", .label = "Fällig am"}}},
    };
}

/// A subscription was made, its trial ends, it was changed, it ended: `plan`, `amount`, and what applies of
/// `trial_end_date`, `next_billing_date`, `ends_on`, `is_paused`, `resume_on`, `next_amount`; `charge` and `refund`,
/// which follow at once, `link` to the invoice, and `credit`, which waits for the next charge.
std::vector<OwnTemplate> of_subscriptions() {
    return {
        {.name = "subscription_welcome",
         .language = "en",
         .subject = "Your subscription: {{plan}}",
         .blocks =
             {{.words = "Thank you for your subscription."},
              {.kind = fact, .words = "*{{plan}}*", .label = "Subscription"},
              {.kind = fact, .words = "{{amount}}", .label = "Price"},
              {.kind = fact, .words = "{{trial_end_date}}", .label = "End of the trial", .when = "trial_end_date"},
              {.kind = fact, .words = "{{charge}}", .label = "Charged now", .when = "charge"},
              {.kind = fact, .words = "{{next_billing_date}}", .label = "Next charge", .when = "next_billing_date"},
              {.words = "Nothing is charged before the trial ends.", .when = "trial_end_date"},
              {.kind = link, .words = "{{link}}", .label = "Show the invoice", .when = "link"}}},
        {.name = "subscription_welcome",
         .language = "de",
         .subject = "Ihr Abonnement: {{plan}}",
         .blocks =
             {{.words = "vielen Dank für Ihr Abonnement."},
              {.kind = fact, .words = "*{{plan}}*", .label = "Abonnement"},
              {.kind = fact, .words = "{{amount}}", .label = "Preis"},
              {.kind = fact, .words = "{{trial_end_date}}", .label = "Ende der Probezeit", .when = "trial_end_date"},
              {.kind = fact, .words = "{{charge}}", .label = "Jetzt abgebucht", .when = "charge"},
              {.kind = fact,
               .words = "{{next_billing_date}}",
               .label = "Nächste Abbuchung",
               .when = "next_billing_date"},
              {.words = "Vor dem Ende der Probezeit wird nichts abgebucht.", .when = "trial_end_date"},
              {.kind = link, .words = "{{link}}", .label = "Rechnung ansehen", .when = "link"}}},

        {.name = "subscription_trial_ending",
         .language = "en",
         .subject = "Your trial ends on {{trial_end_date}}: {{plan}}",
         .blocks = {{.words = "Your trial ends soon."},
                    {.kind = fact, .words = "*{{plan}}*", .label = "Subscription"},
                    {.kind = fact, .words = "{{trial_end_date}}", .label = "End of the trial"},
                    {.words = "Nothing is charged; your subscription ends with it.", .when = "ends_on"},
                    {.words = "From that day on it costs *{{amount}}*, unless you cancel before.",
                     .when = "^ends_on"}}},
        {.name = "subscription_trial_ending",
         .language = "de",
         .subject = "Ihre Probezeit endet am {{trial_end_date}}: {{plan}}",
         .blocks = {{.words = "Ihre Probezeit endet bald."},
                    {.kind = fact, .words = "*{{plan}}*", .label = "Abonnement"},
                    {.kind = fact, .words = "{{trial_end_date}}", .label = "Ende der Probezeit"},
                    {.words = "Es wird nichts abgebucht; Ihr Abonnement endet mit ihr.", .when = "ends_on"},
                    {.words = "Von da an kostet es *{{amount}}*, wenn Sie nicht vorher kündigen.",
                     .when = "^ends_on"}}},

        {.name = "subscription_changed",
         .language = "en",
         .subject = "Your subscription was changed: {{plan}}",
         .blocks =
             {{.words = "Your subscription was changed. This is how it goes on."},
              {.kind = fact, .words = "*{{plan}}*", .label = "Subscription"},
              {.kind = fact, .words = "{{amount}}", .label = "Price"},
              {.kind = fact, .words = "{{next_amount}}", .label = "From the next period on", .when = "next_amount"},
              {.kind = fact, .words = "{{charge}}", .label = "Charged now", .when = "charge"},
              {.kind = fact, .words = "{{credit}}", .label = "Credit, taken off the next charge", .when = "credit"},
              {.kind = fact, .words = "{{next_billing_date}}", .label = "Next charge", .when = "next_billing_date"},
              {.kind = fact, .words = "{{ends_on}}", .label = "Ends on", .when = "ends_on"},
              {.words =
                   "It is paused{{#resume_on}} until {{resume_on}}{{/resume_on}}, and nothing is charged meanwhile.",
               .when = "is_paused"},
              {.kind = link, .words = "{{link}}", .label = "Show the invoice", .when = "link"}}},
        {.name = "subscription_changed",
         .language = "de",
         .subject = "Ihr Abonnement wurde geändert: {{plan}}",
         .blocks =
             {{.words = "Ihr Abonnement wurde geändert. So geht es weiter."},
              {.kind = fact, .words = "*{{plan}}*", .label = "Abonnement"},
              {.kind = fact, .words = "{{amount}}", .label = "Preis"},
              {.kind = fact, .words = "{{next_amount}}", .label = "Vom nächsten Zeitraum an", .when = "next_amount"},
              {.kind = fact, .words = "{{charge}}", .label = "Jetzt abgebucht", .when = "charge"},
              {.kind = fact, .words = "{{credit}}", .label = "Guthaben für die nächste Abbuchung", .when = "credit"},
              {.kind = fact,
               .words = "{{next_billing_date}}",
               .label = "Nächste Abbuchung",
               .when = "next_billing_date"},
              {.kind = fact, .words = "{{ends_on}}", .label = "Endet am", .when = "ends_on"},
              {.words = "Es ruht{{#resume_on}} bis zum {{resume_on}}{{/resume_on}}; solange wird nichts abgebucht.",
               .when = "is_paused"},
              {.kind = link, .words = "{{link}}", .label = "Rechnung ansehen", .when = "link"}}},

        {.name = "subscription_canceled",
         .language = "en",
         .subject = "Your subscription has ended: {{plan}}",
         .blocks = {{.words = "Your subscription has ended. No other period of it will be charged."},
                    {.kind = fact, .words = "*{{plan}}*", .label = "Subscription"},
                    {.kind = fact, .words = "*{{refund}}*", .label = "We give back", .when = "refund"},
                    {.kind = fact, .words = "*{{charge}}*", .label = "We charge", .when = "charge"},
                    {.words = "You get a credit note as soon as the money is on its way.", .when = "refund"},
                    {.kind = link, .words = "{{link}}", .label = "Show the invoice", .when = "link"}}},
        {.name = "subscription_canceled",
         .language = "de",
         .subject = "Ihr Abonnement ist beendet: {{plan}}",
         .blocks = {{.words = "Ihr Abonnement ist beendet. Es wird kein weiterer Zeitraum abgebucht."},
                    {.kind = fact, .words = "*{{plan}}*", .label = "Abonnement"},
                    {.kind = fact, .words = "*{{refund}}*", .label = "Wir erstatten", .when = "refund"},
                    {.kind = fact, .words = "*{{charge}}*", .label = "Wir buchen ab", .when = "charge"},
                    {.words = "Sobald das Geld unterwegs ist, bekommen Sie eine Gutschrift.", .when = "refund"},
                    {.kind = link, .words = "{{link}}", .label = "Rechnung ansehen", .when = "link"}}},
    };
}

/// Payment terms were made, changed or canceled: `description`, `total`, `instalments`, `next_due_date` and
/// `next_amount`; of a cancellation `canceled_on`, `earned`, `fee`, `paid`, `refund`, `final_charge`.
std::vector<OwnTemplate> of_payment_terms() {
    return {
        {.name = "payment_terms_created",
         .language = "en",
         .subject = "Your payment plan{{#description}}: {{description}}{{/description}}",
         .blocks = {{.words = "This is your payment plan. The agreement with the whole schedule is attached."},
                    {.kind = fact, .words = "*{{total}}*", .label = "Total"},
                    {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
                    {.kind = fact, .words = "{{instalments}}", .label = "Monthly instalments"},
                    {.kind = fact, .words = "{{next_amount}}", .label = "First instalment", .when = "next_amount"},
                    {.kind = fact, .words = "{{next_due_date}}", .label = "Due on", .when = "next_due_date"},
                    {.kind = link, .words = "{{link}}", .label = "Show the agreement", .when = "link"}}},
        {.name = "payment_terms_created",
         .language = "de",
         .subject = "Ihr Zahlungsplan{{#description}}: {{description}}{{/description}}",
         .blocks = {{.words = "das ist Ihr Zahlungsplan. Die Vereinbarung mit allen Raten liegt bei."},
                    {.kind = fact, .words = "*{{total}}*", .label = "Gesamtbetrag"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{instalments}}", .label = "Monatliche Raten"},
                    {.kind = fact, .words = "{{next_amount}}", .label = "Erste Rate", .when = "next_amount"},
                    {.kind = fact, .words = "{{next_due_date}}", .label = "Fällig am", .when = "next_due_date"},
                    {.kind = link, .words = "{{link}}", .label = "Vereinbarung ansehen", .when = "link"}}},

        {.name = "payment_terms_adjusted",
         .language = "en",
         .subject = "Your payment plan has changed{{#description}}: {{description}}{{/description}}",
         .blocks = {{.words = "Your payment plan has changed. The agreement with the new schedule is attached."},
                    {.kind = fact, .words = "*{{total}}*", .label = "Total"},
                    {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
                    {.kind = fact, .words = "{{charge}}", .label = "Charged at once", .when = "charge"},
                    {.kind = fact, .words = "{{refund}}", .label = "Given back at once", .when = "refund"},
                    {.kind = fact, .words = "{{credit}}", .label = "Given back once received", .when = "credit"},
                    {.kind = fact, .words = "{{next_amount}}", .label = "Next instalment", .when = "next_amount"},
                    {.kind = fact, .words = "none", .label = "Next instalment", .when = "^next_amount"},
                    {.kind = fact, .words = "{{next_due_date}}", .label = "Due on", .when = "next_due_date"},
                    {.kind = link, .words = "{{link}}", .label = "Show the agreement", .when = "link"}}},
        {.name = "payment_terms_adjusted",
         .language = "de",
         .subject = "Ihr Zahlungsplan hat sich geändert{{#description}}: {{description}}{{/description}}",
         .blocks = {{.words = "Ihr Zahlungsplan hat sich geändert. Die Vereinbarung mit den neuen Raten liegt bei."},
                    {.kind = fact, .words = "*{{total}}*", .label = "Gesamtbetrag"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{charge}}", .label = "Sofort abgebucht", .when = "charge"},
                    {.kind = fact, .words = "{{refund}}", .label = "Sofort erstattet", .when = "refund"},
                    {.kind = fact, .words = "{{credit}}", .label = "Nach Eingang erstattet", .when = "credit"},
                    {.kind = fact, .words = "{{next_amount}}", .label = "Nächste Rate", .when = "next_amount"},
                    {.kind = fact, .words = "keine", .label = "Nächste Rate", .when = "^next_amount"},
                    {.kind = fact, .words = "{{next_due_date}}", .label = "Fällig am", .when = "next_due_date"},
                    {.kind = link, .words = "{{link}}", .label = "Vereinbarung ansehen", .when = "link"}}},

        {.name = "payment_terms_canceled",
         .language = "en",
         .subject = "Your payment plan is canceled{{#description}}: {{description}}{{/description}}",
         .blocks = {{.words = "Your payment plan is canceled. The final statement is attached; this is what it "
                              "comes to."},
                    {.kind = fact, .words = "{{canceled_on}}", .label = "Canceled on"},
                    {.kind = fact, .words = "{{description}}", .label = "For", .when = "description"},
                    {.kind = fact, .words = "{{earned}}", .label = "Cost up to then"},
                    {.kind = fact, .words = "{{fee}}", .label = "Fee", .when = "fee"},
                    {.kind = fact, .words = "{{paid}}", .label = "Paid"},
                    {.kind = fact, .words = "*{{refund}}*", .label = "We give back", .when = "refund"},
                    {.kind = fact, .words = "*{{final_charge}}*", .label = "We charge", .when = "final_charge"},
                    {.words = "Nothing is left to be paid or given back.", .when = "is_even"},
                    {.kind = link, .words = "{{link}}", .label = "Show the statement", .when = "link"}}},
        {.name = "payment_terms_canceled",
         .language = "de",
         .subject = "Ihr Zahlungsplan ist beendet{{#description}}: {{description}}{{/description}}",
         .blocks = {{.words = "Ihr Zahlungsplan ist gekündigt. Die Schlussabrechnung liegt bei; das ist ihr Ergebnis."},
                    {.kind = fact, .words = "{{canceled_on}}", .label = "Gekündigt am"},
                    {.kind = fact, .words = "{{description}}", .label = "Für", .when = "description"},
                    {.kind = fact, .words = "{{earned}}", .label = "Kosten bis dahin"},
                    {.kind = fact, .words = "{{fee}}", .label = "Gebühr", .when = "fee"},
                    {.kind = fact, .words = "{{paid}}", .label = "Gezahlt"},
                    {.kind = fact, .words = "*{{refund}}*", .label = "Wir erstatten", .when = "refund"},
                    {.kind = fact, .words = "*{{final_charge}}*", .label = "Wir buchen ab", .when = "final_charge"},
                    {.words = "Es ist nichts mehr zu zahlen oder zu erstatten.", .when = "is_even"},
                    {.kind = link, .words = "{{link}}", .label = "Schlussabrechnung ansehen", .when = "link"}}},
    };
}

/// An order was paid, or not: `order`, `amount`, and `currency` where the amount is without one.
std::vector<OwnTemplate> of_orders() {
    constexpr std::string_view amount = "{{amount}}{{#currency}} {{currency}}{{/currency}}";
    return {
        {.name = "order_confirmed",
         .language = "en",
         .subject = "Your order {{order}} is confirmed",
         .blocks = {{.words = "Thank you: your order is paid and on its way."},
                    {.kind = fact, .words = "*{{order}}*", .label = "Order"},
                    {.kind = fact, .words = amount, .label = "Paid"}}},
        {.name = "order_confirmed",
         .language = "de",
         .subject = "Ihre Bestellung {{order}} ist bestätigt",
         .blocks = {{.words = "vielen Dank: Ihre Bestellung ist bezahlt und auf dem Weg."},
                    {.kind = fact, .words = "*{{order}}*", .label = "Bestellung"},
                    {.kind = fact, .words = amount, .label = "Bezahlt"}}},
        {.name = "order_payment_failed",
         .language = "en",
         .subject = "The payment of your order {{order}} failed",
         .blocks = {{.words = "The payment of your order failed. Nothing was charged; you can check out again."},
                    {.kind = fact, .words = "*{{order}}*", .label = "Order"},
                    {.kind = fact, .words = amount, .label = "Amount"}}},
        {.name = "order_payment_failed",
         .language = "de",
         .subject = "Die Zahlung Ihrer Bestellung {{order}} ist nicht gelungen",
         .blocks =
             {{.words =
                   "die Zahlung Ihrer Bestellung ist nicht gelungen. Es wurde nichts abgebucht; Sie können es noch "
                   "einmal versuchen."},
              {.kind = fact, .words = "*{{order}}*", .label = "Bestellung"},
              {.kind = fact, .words = amount, .label = "Betrag"}}},
    };
}

std::vector<OwnTemplate> of_anything() {
    return {
        // `subject` and `text`.
        {.name = "message",
         .language = "en",
         .subject = "{{subject}}",
         .blocks = {{.words = "{{text}}"}},
         .is_letter = false},
        // For the team, about what landed among the dead letters: `kind`, `cause`, `count`, `first_at`, `link`.
        {.name = "dead_letters",
         .language = "en",
         .subject = "Dead letters: {{count}} of {{kind}}",
         .blocks = {{.words =
                         "{{count}} of {{kind}} ended as dead letters{{#first_at}} since {{first_at}}{{/first_at}}."},
                    {.words = "Cause: {{cause}}", .when = "cause"},
                    {.words = "They wait until somebody retries or discards them."},
                    {.words = "{{link}}", .when = "link"}},
         .is_letter = false},
    };
}

std::vector<Template> all_of_them() {
    std::vector<Template> all;
    for (const auto& some : {of_anything(), of_payments(), of_subscriptions(), of_payment_terms(), of_orders()})
        for (const OwnTemplate& own : some) all.push_back(template_of(own));
    return all;
}

}  // namespace

const std::vector<Template>& built_in_templates() {
    static const std::vector<Template> all = all_of_them();
    return all;
}

}  // namespace florin::notifications
