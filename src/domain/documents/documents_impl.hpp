#pragma once

#include <map>
#include <mutex>

#include "document_store.hpp"
#include "florin/security/data_key.hpp"
#include "sheet.hpp"

namespace florin::documents {

struct Documents::Impl {
    Surroundings on;
    security::SecretKey link_key;
    /// Decoded once, not for each document.
    mutable std::mutex logos_mutex;
    mutable std::map<Sha256, std::shared_ptr<const Logo>> logos;

    explicit Impl(Surroundings surroundings)
        : on{std::move(surroundings)}, link_key{on.keys.derive("documents.link")} {}

    /// A document and all that it says.
    struct Whole {
        rows::DocumentRow row;
        Content content;
        std::optional<Personal> personal;
        std::optional<Document> refers_to;
        std::optional<Acceptance> acceptance;
        std::optional<std::string> accepted_pdf;
    };
    /// Errors: `document_not_found`, those of the key ring.
    Result<Whole> read(Reader& reader, MerchantId merchant, DocumentId id) const;
    Sheet sheet_of(Reader& reader, const Whole& whole) const;

    /// The key of the person, made if there is none; nothing: they are erased, or the ring cannot open it.
    std::optional<security::SecretKey> key_for_writing(Tx& tx, MerchantId merchant, std::string_view customer_id) const;
    /// Nothing: they are erased.
    Result<std::optional<security::SecretKey>> key_of(Reader& reader, MerchantId merchant,
                                                      std::string_view customer_id) const;
    Sha256 keep_letterhead(Tx& tx, const merchants::Profile& profile) const;
    std::shared_ptr<const Logo> logo_of(const Sha256& letterhead, std::string_view png) const;

    /// Error `agreement_not_in_force`.
    Result<void> check_in_force(Reader& reader, const Document& agreement) const;
    /// In one unit, of the PDF as it is shown.
    Result<Acceptance> accept(Tx& tx, const NewAcceptance& wanted, std::string_view pdf) const;
    /// The acceptance that there is, if it was given under that name. Error `document_already_accepted`.
    static Result<Acceptance> repeated(const Whole& whole, std::string_view name);
    void announce(Tx& tx, const Document& document, std::string_view what, std::int64_t sequence,
                  std::string_view actor, std::string_view correlation_id, std::string_view traceparent) const;

    /// What a link leads to. Errors: `document_not_found`, also for a signature that is not ours; `forbidden`
    /// (`link_expired`).
    struct Target {
        MerchantId merchant;
        DocumentId document;
    };
    Result<Target> open_link(std::string_view name, std::string_view expires, std::string_view signature) const;
    std::string signature_of(MerchantId merchant, DocumentId id, std::string_view expires) const;
};

std::unexpected<Error> not_found();

}  // namespace florin::documents
