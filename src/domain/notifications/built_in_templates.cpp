// Florin's own words, each in English and in German. What fills each of them is listed in the guide.

#include "florin/notifications/template.hpp"

namespace florin::notifications {
namespace {

constexpr std::string_view page_head =
    "<!doctype html>\n<html><head><meta charset=\"utf-8\"></head>\n"
    "<body style=\"margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1d2430\">\n";
constexpr std::string_view page_end = "</body></html>\n";

struct Own {
    std::string_view name, language, subject, text, html;
};

constexpr Own own[] = {
    // Anything: `subject` and `text`.
    {"message", "en", "{{subject}}", "{{text}}\n", {}},

    // A charge went through: `name`, `amount`, `currency`, `description`, `reference`, `merchant`.
    {"payment_receipt", "en", "Receipt for {{amount}} {{currency}}{{#reference}} ({{reference}}){{/reference}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nwe have received your payment of {{amount}} {{currency}}"
     "{{#description}} for {{description}}{{/description}}.\n"
     "{{#reference}}\nReference: {{reference}}\n{{/reference}}{{#link}}\n{{link}}\n{{/link}}\n"
     "{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>we have received your payment of <b>{{amount}} {{currency}}</b>"
     "{{#description}} for {{description}}{{/description}}.</p>\n"
     "{{#reference}}\n<p>Reference: "
     "{{reference}}</p>\n{{/reference}}\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_receipt", "de", "Quittung über {{amount}} {{currency}}{{#reference}} ({{reference}}){{/reference}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nwir haben Ihre Zahlung von {{amount}} {{currency}}"
     "{{#description}} für {{description}}{{/description}} erhalten.\n"
     "{{#reference}}\nReferenz: {{reference}}\n{{/reference}}{{#link}}\n{{link}}\n{{/link}}\n"
     "{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>wir haben Ihre Zahlung von <b>{{amount}} {{currency}}</b>"
     "{{#description}} für {{description}}{{/description}} erhalten.</p>\n"
     "{{#reference}}\n<p>Referenz: "
     "{{reference}}</p>\n{{/reference}}\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // Money was given back: the same.
    {"payment_refunded", "en", "Refund of {{amount}} {{currency}}{{#reference}} ({{reference}}){{/reference}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nwe have refunded {{amount}} {{currency}}"
     "{{#description}} for {{description}}{{/description}}.\n"
     "{{#reference}}\nReference: {{reference}}\n{{/reference}}{{#link}}\n{{link}}\n{{/link}}\n"
     "{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>we have refunded <b>{{amount}} {{currency}}</b>"
     "{{#description}} for {{description}}{{/description}}.</p>\n"
     "{{#reference}}\n<p>Reference: {{reference}}</p>\n{{/reference}}\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_refunded", "de", "Erstattung über {{amount}} {{currency}}{{#reference}} ({{reference}}){{/reference}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nwir haben Ihnen {{amount}} {{currency}}"
     "{{#description}} für {{description}}{{/description}} erstattet.\n"
     "{{#reference}}\nReferenz: {{reference}}\n{{/reference}}{{#link}}\n{{link}}\n{{/link}}\n"
     "{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>wir haben Ihnen <b>{{amount}} {{currency}}</b>"
     "{{#description}} für {{description}}{{/description}} erstattet.</p>\n"
     "{{#reference}}\n<p>Referenz: {{reference}}</p>\n{{/reference}}\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // A charge did not: the same, and `retry_on` if it will be tried again.
    {"payment_failed", "en", "Your payment of {{amount}} {{currency}} did not go through",
     "Hello{{#name}} {{name}}{{/name}},\n\nyour payment of {{amount}} {{currency}}"
     "{{#description}} for {{description}}{{/description}} could not be collected.\n"
     "{{#retry_on}}\nWe will try again on {{retry_on}}. Please make sure that there is enough on your account.\n"
     "{{/retry_on}}{{^retry_on}}\nPlease get in touch with "
     "us.\n{{/retry_on}}\n{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>your payment of <b>{{amount}} {{currency}}</b>"
     "{{#description}} for {{description}}{{/description}} could not be collected.</p>\n"
     "{{#retry_on}}\n<p>We will try again on {{retry_on}}. Please make sure that there is enough on your account.</p>\n"
     "{{/retry_on}}\n{{^retry_on}}\n<p>Please get in touch with us.</p>\n{{/retry_on}}\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_failed", "de", "Ihre Zahlung von {{amount}} {{currency}} ist nicht gelungen",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nIhre Zahlung von {{amount}} {{currency}}"
     "{{#description}} für {{description}}{{/description}} konnte nicht eingezogen werden.\n"
     "{{#retry_on}}\nWir versuchen es am {{retry_on}} noch einmal. Bitte sorgen Sie für genügend Deckung.\n"
     "{{/retry_on}}{{^retry_on}}\nBitte melden Sie sich bei "
     "uns.\n{{/retry_on}}\n{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Ihre Zahlung von <b>{{amount}} {{currency}}</b>"
     "{{#description}} für {{description}}{{/description}} konnte nicht eingezogen werden.</p>\n"
     "{{#retry_on}}\n<p>Wir versuchen es am {{retry_on}} noch einmal. Bitte sorgen Sie für genügend Deckung.</p>\n"
     "{{/retry_on}}\n{{^retry_on}}\n<p>Bitte melden Sie sich bei uns.</p>\n{{/retry_on}}\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // A subscription was made, its trial ends, it was changed, it ended: `name`, `plan`, `amount`, `currency`,
    // `merchant`,
    // and what applies of `trial_end_date`, `next_billing_date`, `ends_on`, `is_paused`, `resume_on`, `next_amount`.
    {"subscription_welcome", "en", "Your subscription: {{plan}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nthank you for your subscription of {{plan}} at {{amount}} {{currency}}.\n"
     "{{#trial_end_date}}\nYour trial ends on {{trial_end_date}}; nothing is charged before.\n{{/trial_end_date}}"
     "{{^trial_end_date}}{{#next_billing_date}}\nThe next charge is on {{next_billing_date}}.\n{{/next_billing_date}}"
     "{{/trial_end_date}}{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>thank you for your subscription of <b>{{plan}}</b> at {{amount}} "
     "{{currency}}.</p>\n{{#trial_end_date}}\n<p>Your trial ends on {{trial_end_date}}; nothing is charged "
     "before.</p>\n"
     "{{/trial_end_date}}\n{{^trial_end_date}}\n{{#next_billing_date}}\n<p>The next charge is on "
     "{{next_billing_date}}.</p>\n{{/next_billing_date}}\n{{/trial_end_date}}\n{{#merchant}}\n<p>{{merchant}}</p>\n"
     "{{/merchant}}\n"},
    {"subscription_welcome", "de", "Ihr Abonnement: {{plan}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nvielen Dank für Ihr Abonnement von {{plan}} zu {{amount}} "
     "{{currency}}.\n"
     "{{#trial_end_date}}\nIhre Probezeit endet am {{trial_end_date}}; vorher wird nichts abgebucht.\n"
     "{{/trial_end_date}}{{^trial_end_date}}{{#next_billing_date}}\nDie nächste Abbuchung ist am "
     "{{next_billing_date}}.\n{{/next_billing_date}}{{/trial_end_date}}{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>vielen Dank für Ihr Abonnement von <b>{{plan}}</b> zu "
     "{{amount}} "
     "{{currency}}.</p>\n{{#trial_end_date}}\n<p>Ihre Probezeit endet am {{trial_end_date}}; vorher wird nichts "
     "abgebucht.</p>\n{{/trial_end_date}}\n{{^trial_end_date}}\n{{#next_billing_date}}\n<p>Die nächste Abbuchung ist "
     "am "
     "{{next_billing_date}}.</p>\n{{/next_billing_date}}\n{{/trial_end_date}}\n{{#merchant}}\n<p>{{merchant}}</p>\n"
     "{{/merchant}}\n"},
    {"subscription_trial_ending", "en", "Your trial of {{plan}} ends on {{trial_end_date}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nyour trial of {{plan}} ends on {{trial_end_date}}. "
     "{{#ends_on}}Nothing is charged; your subscription ends with it.{{/ends_on}}"
     "{{^ends_on}}From that day on it costs {{amount}} {{currency}}, unless you cancel before.{{/ends_on}}\n"
     "{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>your trial of <b>{{plan}}</b> ends on {{trial_end_date}}. "
     "{{#ends_on}}Nothing is charged; your subscription ends with it.{{/ends_on}}"
     "{{^ends_on}}From that day on it costs {{amount}} {{currency}}, unless you cancel before.{{/ends_on}}</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"subscription_trial_ending", "de", "Ihre Probezeit von {{plan}} endet am {{trial_end_date}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nIhre Probezeit von {{plan}} endet am {{trial_end_date}}. "
     "{{#ends_on}}Es wird nichts abgebucht; Ihr Abonnement endet mit ihr.{{/ends_on}}"
     "{{^ends_on}}Von da an kostet es {{amount}} {{currency}}, wenn Sie nicht vorher kündigen.{{/ends_on}}\n"
     "{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Ihre Probezeit von <b>{{plan}}</b> endet am {{trial_end_date}}. "
     "{{#ends_on}}Es wird nichts abgebucht; Ihr Abonnement endet mit ihr.{{/ends_on}}"
     "{{^ends_on}}Von da an kostet es {{amount}} {{currency}}, wenn Sie nicht vorher kündigen.{{/ends_on}}</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"subscription_changed", "en", "Your subscription of {{plan}} was changed",
     "Hello{{#name}} {{name}}{{/name}},\n\nyour subscription of {{plan}} was changed. It costs {{amount}} {{currency}}"
     "{{#next_amount}}, and {{next_amount}} {{currency}} from the next period on{{/next_amount}}.\n"
     "{{#is_paused}}\nIt is paused{{#resume_on}} until {{resume_on}}{{/resume_on}}.\n{{/is_paused}}"
     "{{#ends_on}}\nIt ends on {{ends_on}}.\n{{/ends_on}}"
     "{{#next_billing_date}}\nThe next charge is on {{next_billing_date}}.\n{{/next_billing_date}}"
     "{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>your subscription of <b>{{plan}}</b> was changed. It costs "
     "{{amount}} "
     "{{currency}}{{#next_amount}}, and {{next_amount}} {{currency}} from the next period on{{/next_amount}}.</p>\n"
     "{{#is_paused}}\n<p>It is paused{{#resume_on}} until {{resume_on}}{{/resume_on}}.</p>\n{{/is_paused}}\n"
     "{{#ends_on}}\n<p>It ends on {{ends_on}}.</p>\n{{/ends_on}}\n{{#next_billing_date}}\n<p>The next charge is on "
     "{{next_billing_date}}.</p>\n{{/next_billing_date}}\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"subscription_changed", "de", "Ihr Abonnement von {{plan}} wurde geändert",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nIhr Abonnement von {{plan}} wurde geändert. Es kostet {{amount}} "
     "{{currency}}{{#next_amount}}, vom nächsten Zeitraum an {{next_amount}} {{currency}}{{/next_amount}}.\n"
     "{{#is_paused}}\nEs ruht{{#resume_on}} bis zum {{resume_on}}{{/resume_on}}.\n{{/is_paused}}"
     "{{#ends_on}}\nEs endet am {{ends_on}}.\n{{/ends_on}}"
     "{{#next_billing_date}}\nDie nächste Abbuchung ist am {{next_billing_date}}.\n{{/next_billing_date}}"
     "{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Ihr Abonnement von <b>{{plan}}</b> wurde geändert. Es kostet "
     "{{amount}} {{currency}}{{#next_amount}}, vom nächsten Zeitraum an {{next_amount}} "
     "{{currency}}{{/next_amount}}.</p>\n"
     "{{#is_paused}}\n<p>Es ruht{{#resume_on}} bis zum {{resume_on}}{{/resume_on}}.</p>\n{{/is_paused}}\n"
     "{{#ends_on}}\n<p>Es endet am {{ends_on}}.</p>\n{{/ends_on}}\n{{#next_billing_date}}\n<p>Die nächste Abbuchung "
     "ist "
     "am {{next_billing_date}}.</p>\n{{/next_billing_date}}\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"subscription_canceled", "en", "Your subscription of {{plan}} has ended",
     "Hello{{#name}} {{name}}{{/name}},\n\nyour subscription of {{plan}} has ended. Nothing more is charged for it.\n"
     "{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>your subscription of <b>{{plan}}</b> has ended. Nothing more is "
     "charged "
     "for it.</p>\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"subscription_canceled", "de", "Ihr Abonnement von {{plan}} ist beendet",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nIhr Abonnement von {{plan}} ist beendet. Dafür wird nichts mehr "
     "abgebucht.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Ihr Abonnement von <b>{{plan}}</b> ist beendet. Dafür wird "
     "nichts "
     "mehr abgebucht.</p>\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // An order was paid, or not: `name`, `order`, `amount`, `currency`, `merchant`.
    {"order_confirmed", "en", "Your order {{order}} is confirmed",
     "Hello{{#name}} {{name}}{{/name}},\n\nthank you: your order {{order}} over {{amount}} {{currency}} is paid and on "
     "its way.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>thank you: your order <b>{{order}}</b> over {{amount}} {{currency}} "
     "is paid and on its way.</p>\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"order_confirmed", "de", "Ihre Bestellung {{order}} ist bestätigt",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nvielen Dank: Ihre Bestellung {{order}} über {{amount}} {{currency}} ist "
     "bezahlt und auf dem Weg.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>vielen Dank: Ihre Bestellung <b>{{order}}</b> über {{amount}} "
     "{{currency}} ist bezahlt und auf dem Weg.</p>\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"order_payment_failed", "en", "The payment of your order {{order}} failed",
     "Hello{{#name}} {{name}}{{/name}},\n\nthe payment of your order {{order}} over {{amount}} {{currency}} failed. "
     "Nothing was charged; you can check out again.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>the payment of your order <b>{{order}}</b> over {{amount}} "
     "{{currency}} failed. Nothing was charged; you can check out again.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"order_payment_failed", "de", "Die Zahlung Ihrer Bestellung {{order}} ist nicht gelungen",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\ndie Zahlung Ihrer Bestellung {{order}} über {{amount}} {{currency}} ist "
     "nicht gelungen. Es wurde nichts abgebucht; Sie können es noch einmal versuchen.\n"
     "{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>die Zahlung Ihrer Bestellung <b>{{order}}</b> über {{amount}} "
     "{{currency}} ist nicht gelungen. Es wurde nichts abgebucht; Sie können es noch einmal versuchen.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // Payment terms were made, changed or canceled: `name`, `merchant`, `description`, `total`, `currency`,
    // `instalments`,
    // `next_due_date` and `next_amount`; of a cancellation `canceled_on`, `earned`, `fee`, `paid`, `refund`,
    // `final_charge`.
    {"payment_terms_created", "en", "Your payment plan{{#description}}: {{description}}{{/description}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nyou pay {{total}} {{currency}} in {{instalments}} monthly instalments."
     "{{#next_due_date}} The first is {{next_amount}} {{currency}}, due on {{next_due_date}}.{{/next_due_date}}\n"
     "The agreement with the schedule is attached.\n\n{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>you pay <b>{{total}} {{currency}}</b> in {{instalments}} monthly "
     "instalments.{{#next_due_date}} The first is {{next_amount}} {{currency}}, due on "
     "{{next_due_date}}.{{/next_due_date}}</p>\n<p>The agreement with the schedule is attached.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_terms_created", "de", "Ihr Zahlungsplan{{#description}}: {{description}}{{/description}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nSie zahlen {{total}} {{currency}} in {{instalments}} monatlichen Raten."
     "{{#next_due_date}} Die erste beträgt {{next_amount}} {{currency}} und ist am {{next_due_date}} fällig."
     "{{/next_due_date}}\nDie Vereinbarung mit dem Zahlungsplan liegt bei.\n\n{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Sie zahlen <b>{{total}} {{currency}}</b> in {{instalments}} "
     "monatlichen Raten.{{#next_due_date}} Die erste beträgt {{next_amount}} {{currency}} und ist am "
     "{{next_due_date}} fällig.{{/next_due_date}}</p>\n<p>Die Vereinbarung mit dem Zahlungsplan liegt bei.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_terms_adjusted", "en", "Your payment plan has changed{{#description}}: {{description}}{{/description}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nthe total is now {{total}} {{currency}}.{{#next_due_date}} Your next "
     "instalment is {{next_amount}} {{currency}}, due on {{next_due_date}}.{{/next_due_date}}\n"
     "The agreement with the new schedule is attached.\n\n{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>the total is now <b>{{total}} {{currency}}</b>."
     "{{#next_due_date}} Your next instalment is {{next_amount}} {{currency}}, due on "
     "{{next_due_date}}.{{/next_due_date}}</p>\n<p>The agreement with the new schedule is attached.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_terms_adjusted", "de",
     "Ihr Zahlungsplan hat sich geändert{{#description}}: {{description}}{{/description}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nder Gesamtbetrag ist jetzt {{total}} {{currency}}.{{#next_due_date}} "
     "Ihre "
     "nächste Rate beträgt {{next_amount}} {{currency}} und ist am {{next_due_date}} fällig.{{/next_due_date}}\n"
     "Die Vereinbarung mit dem neuen Zahlungsplan liegt bei.\n\n{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>der Gesamtbetrag ist jetzt <b>{{total}} {{currency}}</b>."
     "{{#next_due_date}} Ihre nächste Rate beträgt {{next_amount}} {{currency}} und ist am {{next_due_date}} "
     "fällig.{{/next_due_date}}</p>\n<p>Die Vereinbarung mit dem neuen Zahlungsplan liegt bei.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_terms_canceled", "en", "Your payment plan is canceled{{#description}}: {{description}}{{/description}}",
     "Hello{{#name}} {{name}}{{/name}},\n\nyour payment plan was canceled on {{canceled_on}}.\n\n"
     "Earned by then: {{earned}} {{currency}}\n{{#fee}}Fee: {{fee}} {{currency}}\n{{/fee}}Paid: {{paid}} {{currency}}\n"
     "{{#refund}}\nWe give back {{refund}} {{currency}}.\n{{/refund}}"
     "{{#final_charge}}\nWe charge a final amount of {{final_charge}} {{currency}}.\n{{/final_charge}}\n"
     "{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>your payment plan was canceled on {{canceled_on}}.</p>\n"
     "<p>Earned by then: {{earned}} {{currency}}<br>{{#fee}}Fee: {{fee}} {{currency}}<br>{{/fee}}Paid: {{paid}} "
     "{{currency}}</p>\n{{#refund}}\n<p>We give back <b>{{refund}} {{currency}}</b>.</p>\n{{/refund}}\n"
     "{{#final_charge}}\n<p>We charge a final amount of <b>{{final_charge}} {{currency}}</b>.</p>\n{{/final_charge}}\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_terms_canceled", "de", "Ihr Zahlungsplan ist beendet{{#description}}: {{description}}{{/description}}",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nIhr Zahlungsplan wurde am {{canceled_on}} gekündigt.\n\n"
     "Bis dahin verdient: {{earned}} {{currency}}\n{{#fee}}Gebühr: {{fee}} {{currency}}\n{{/fee}}"
     "Gezahlt: {{paid}} {{currency}}\n{{#refund}}\nWir erstatten {{refund}} {{currency}}.\n{{/refund}}"
     "{{#final_charge}}\nWir buchen einen Schlussbetrag von {{final_charge}} {{currency}} ab.\n{{/final_charge}}\n"
     "{{#merchant}}{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Ihr Zahlungsplan wurde am {{canceled_on}} gekündigt.</p>\n"
     "<p>Bis dahin verdient: {{earned}} {{currency}}<br>{{#fee}}Gebühr: {{fee}} {{currency}}<br>{{/fee}}"
     "Gezahlt: {{paid}} {{currency}}</p>\n{{#refund}}\n<p>Wir erstatten <b>{{refund}} {{currency}}</b>.</p>\n"
     "{{/refund}}\n{{#final_charge}}\n<p>Wir buchen einen Schlussbetrag von <b>{{final_charge}} {{currency}}</b> "
     "ab.</p>\n{{/final_charge}}\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // A charge to come cannot be made as things are: `name`, `amount`, `currency`, `description`, `due_on`, `merchant`;
    // of a
    // card that will have expired `card`, its last digits, and `expires`.
    {"card_expiring", "en", "Your card ending in {{card}} expires before your next payment",
     "Hello{{#name}} {{name}}{{/name}},\n\nyour card ending in {{card}} is good through {{expires}}. On {{due_on}} we "
     "are to "
     "collect {{amount}} {{currency}}{{#description}} for {{description}}{{/description}}, and it will have expired by "
     "then.\n\nPlease give us another card before that day.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>your card ending in <b>{{card}}</b> is good through {{expires}}. On "
     "{{due_on}} we are to collect <b>{{amount}} {{currency}}</b>{{#description}} for {{description}}{{/description}}, "
     "and "
     "it will have expired by then.</p>\n<p>Please give us another card before that day.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"card_expiring", "de", "Ihre Karte mit der Endung {{card}} läuft vor der nächsten Zahlung ab",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nIhre Karte mit der Endung {{card}} ist bis {{expires}} gültig. Am "
     "{{due_on}} "
     "sind {{amount}} {{currency}}{{#description}} für {{description}}{{/description}} fällig; bis dahin ist sie "
     "abgelaufen.\n\nBitte nennen Sie uns vorher eine andere Karte.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>Ihre Karte mit der Endung <b>{{card}}</b> ist bis {{expires}} "
     "gültig. Am {{due_on}} sind <b>{{amount}} {{currency}}</b>{{#description}} für {{description}}{{/description}} "
     "fällig; "
     "bis dahin ist sie abgelaufen.</p>\n<p>Bitte nennen Sie uns vorher eine andere Karte.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_method_missing", "en", "We have no way to collect your next payment",
     "Hello{{#name}} {{name}}{{/name}},\n\non {{due_on}} we are to collect {{amount}} {{currency}}"
     "{{#description}} for {{description}}{{/description}}, and there is no card or account of yours that we could "
     "charge.\n\n"
     "Please give us one before that day.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Hello{{#name}} {{name}}{{/name}},</p>\n<p>on {{due_on}} we are to collect <b>{{amount}} {{currency}}</b>"
     "{{#description}} for {{description}}{{/description}}, and there is no card or account of yours that we could "
     "charge.</p>\n<p>Please give us one before that day.</p>\n{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},
    {"payment_method_missing", "de", "Für Ihre nächste Zahlung fehlt ein Zahlungsmittel",
     "Guten Tag{{#name}} {{name}}{{/name}},\n\nam {{due_on}} sind {{amount}} {{currency}}"
     "{{#description}} für {{description}}{{/description}} fällig, und wir kennen keine Karte und kein Konto von "
     "Ihnen, von "
     "dem wir abbuchen könnten.\n\nBitte nennen Sie uns vorher eines.\n{{#merchant}}\n{{merchant}}\n{{/merchant}}",
     "<p>Guten Tag{{#name}} {{name}}{{/name}},</p>\n<p>am {{due_on}} sind <b>{{amount}} {{currency}}</b>"
     "{{#description}} für {{description}}{{/description}} fällig, und wir kennen keine Karte und kein Konto von "
     "Ihnen, von "
     "dem wir abbuchen könnten.</p>\n<p>Bitte nennen Sie uns vorher eines.</p>\n"
     "{{#merchant}}\n<p>{{merchant}}</p>\n{{/merchant}}\n"},

    // For the team, about what landed among the dead letters: `kind`, `cause`, `count`, `first_at`, `link`.
    {"dead_letters",
     "en",
     "Dead letters: {{count}} of {{kind}}",
     "{{count}} of {{kind}} ended as dead letters{{#first_at}} since {{first_at}}{{/first_at}}.\n"
     "{{#cause}}\nCause: {{cause}}\n{{/cause}}\nThey wait until somebody retries or discards them.\n"
     "{{#link}}\n{{link}}\n{{/link}}",
     {}},
};

std::vector<Template> all_of_them() {
    std::vector<Template> all;
    for (const Own& one : own) {
        Template made{.name = std::string{one.name},
                      .language = std::string{one.language},
                      .words = {.subject = std::string{one.subject}, .text = std::string{one.text}, .html = {}},
                      .is_built_in = true,
                      .version = 0,
                      .created_at = {},
                      .updated_at = {}};
        if (!one.html.empty()) made.words.html = std::string{page_head} + std::string{one.html} + std::string{page_end};
        all.push_back(std::move(made));
    }
    return all;
}

}  // namespace

const std::vector<Template>& built_in_templates() {
    static const std::vector<Template> all = all_of_them();
    return all;
}

}  // namespace florin::notifications
