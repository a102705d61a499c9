// What PDFs show, as poppler reads them. `make golden` writes their texts anew.

#include <algorithm>
#include <cstdlib>

#include "florin/security/encoding.hpp"
#include "pdf_reader.hpp"
#include "sample_sheets.hpp"
#include "text.hpp"
#include "typesetting.hpp"
#include "words.hpp"

namespace florin::documents::test {
namespace {

const std::string golden_folder = "src/domain/documents/test/golden/";

void expect_golden(const std::string& name, const Sheet& sheet) {
    PdfReader reader{render(sheet)};
    EXPECT_EQ(reader.complaints(), "") << name;
    const std::string text = reader.text(), path = golden_folder + name + ".txt";
    if (std::getenv("FLORIN_UPDATE_GOLDEN") != nullptr) std::ofstream{path, std::ios::binary} << text;
    std::ostringstream golden;
    golden << std::ifstream{path, std::ios::binary}.rdbuf();
    EXPECT_EQ(text, golden.str()) << path;
}

TEST(Render, each_kind_says_what_it_has_to) {  // A-FR-14, X-20
    expect_golden("receipt", english_receipt());
    expect_golden("invoice", german_invoice());
    expect_golden("credit_note", credit_note());
    expect_golden("agreement", financing_agreement(12));
    expect_golden("statement", final_statement());
    expect_golden("statement_de", german_statement());
    expect_golden("erased", erased_person());
    expect_golden("scripts", many_scripts());
}

TEST(Render, the_same_sheet_is_the_same_bytes_and_another_is_not) {
    EXPECT_EQ(render(english_receipt()), render(english_receipt()));
    EXPECT_EQ(render(financing_agreement(60)), render(financing_agreement(60)));
    Sheet other = english_receipt();
    other.number = "RCT-000018";
    EXPECT_NE(render(other), render(english_receipt()));
}

TEST(Render, a_long_document_takes_more_pages_and_nothing_is_lost) {
    PdfReader reader{render(long_invoice())};
    EXPECT_EQ(reader.complaints(), "");
    const std::string text = reader.text();
    for (int i = 1; i <= 90; ++i)
        if (i != 20) EXPECT_NE(text.find("Position " + std::to_string(i)), std::string::npos) << i;
    EXPECT_NE(text.find("$999,999,999,999.99"), std::string::npos);
    for (int page = 1; page <= 5; ++page)
        EXPECT_NE(text.find("Page " + std::to_string(page) + " of 5"), std::string::npos) << page;
    EXPECT_EQ(std::string::npos, text.find("Page 6"));
    EXPECT_NE(reader.info().find("letter"), std::string::npos) << "American paper";

    // Each page after the first says what it belongs to.
    std::size_t heads = 0;
    for (std::size_t at = text.find("Invoice INV-1000232"); at != std::string::npos;
         at = text.find("Invoice INV-1000232", at + 1))
        ++heads;
    EXPECT_EQ(heads, 4u);
}

TEST(Render, an_agreement_has_its_whole_schedule) {  // A-FR-22
    const std::string text = PdfReader{render(financing_agreement(60))}.text();
    for (int year = 2027; year <= 2031; ++year)
        for (const char* month : {"January", "June", "December"})
            EXPECT_NE(text.find("1 " + std::string{month} + " " + std::to_string(year)), std::string::npos);
    EXPECT_NE(text.find("Signature"), std::string::npos);
}

TEST(Render, nobody_signs_a_page_without_any_of_the_schedule) {  // A-FR-22
    for (std::int64_t instalments = 1; instalments <= 70; ++instalments) {
        std::string text = PdfReader{render(financing_agreement(instalments))}.text();
        while (!text.empty() && (text.back() == '\f' || text.back() == '\n')) text.pop_back();
        const std::size_t turned = text.rfind('\f');
        const std::string last = turned == std::string::npos ? text : text.substr(turned + 1);
        std::int64_t rows = 0;
        for (std::size_t at = last.find("€100.00"); at != std::string::npos; at = last.find("€100.00", at + 1)) ++rows;
        EXPECT_NE(last.find("Signature"), std::string::npos) << instalments;
        EXPECT_GE(rows, std::min<std::int64_t>(instalments, 3)) << instalments << " instalments: " << last;
    }
}

TEST(Render, fonts_come_along_and_only_what_is_used_of_them) {
    PdfReader reader{render(english_receipt())};
    const std::string fonts = reader.fonts();
    EXPECT_NE(fonts.find("+OpenSans-Regular"), std::string::npos);
    EXPECT_EQ(fonts.find("DejaVu"), std::string::npos);
    EXPECT_EQ(fonts.find(" no "), std::string::npos) << "embedded, subset, with Unicode: " << fonts;
    EXPECT_LT(render(english_receipt()).size(), 20'000u);
    EXPECT_NE(PdfReader{render(many_scripts())}.fonts().find("+DejaVuSans"), std::string::npos);
}

TEST(Render, letters_are_seen_and_so_are_their_accents) {
    const auto ink_of = [](const std::string& subject) {
        Sheet sheet = english_receipt();
        sheet.content.subject = subject;
        return PdfReader{render(sheet)}.ink();
    };
    const auto of_many = [&](const std::string& letter) {
        std::string text;
        for (int i = 0; i < 40; ++i) text += letter;
        return ink_of(text);
    };
    const std::int64_t nothing = ink_of(" "), plain = of_many("a"), accented = of_many("ä"), fallback = of_many("ա");
    EXPECT_GT(plain, nothing + 20'000);
    // What a composite is made of came along: the letter and its dots.
    const std::int64_t parts = plain - nothing + of_many("¨") - nothing;
    EXPECT_LT(std::abs(accented - nothing - parts), parts / 20);
    EXPECT_GT(fallback, nothing + 20'000);
    EXPECT_GT(of_many("日"), nothing + 10'000) << "what no font has is a box";
}

TEST(Render, what_no_font_has_can_still_be_copied) {
    const std::string text = PdfReader{render(many_scripts())}.text();
    for (const char* words :
         {"Łukasz Żółć", "Ελένη Παπαδοπούλου", "Щукин", "Nguyễn", "Հայաստան", "საქართველო", "日本語", "😀", "½", "→ ✓"})
        EXPECT_NE(text.find(words), std::string::npos) << words;
}

TEST(Render, hostile_texts_are_drawn_and_nothing_more) {  // F143
    Sheet sheet = english_receipt();
    for (const std::string& text :
         {std::string(20'000, 'w'), std::string(5'000, '\n'), std::string(300, '\xff'), std::string(300, '\0'),
          std::string{") Tj ET endstream endobj (\\"}, std::string(400, ' '), std::string{}}) {
        sheet.content.subject = text;
        sheet.content.lines[0].description = text;
        sheet.personal->name = text;
        sheet.personal->payment_words = text;
        sheet.letterhead.name = text;
        sheet.letterhead.address_lines = {text, text};
        sheet.customer_id = text;
        EXPECT_EQ(PdfReader{render(sheet)}.complaints(), "");
    }
}

TEST(Render, nothing_personal_stands_on_the_document_of_an_erased_person) {
    const std::string text = PdfReader{render(erased_person())}.text();
    EXPECT_EQ(text.find("Ada"), std::string::npos);
    EXPECT_EQ(text.find("St James"), std::string::npos);
    EXPECT_EQ(text.find("1111"), std::string::npos);
    EXPECT_NE(text.find("customer-7"), std::string::npos);
    EXPECT_NE(text.find("€1,234.50"), std::string::npos);
}

std::string png_of(std::string_view base64) {
    const auto bytes = *security::from_base64(base64);
    return {bytes.begin(), bytes.end()};
}
/// Two by two pixels: red, green, blue, white; the one with the green half and the white wholly transparent.
const std::string opaque_png =
    png_of("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR4nGP4z8DAAMIM/4EAAB/uBfsL2WiLAAAAAElFTkSuQmCC");
const std::string transparent_png =
    png_of("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFUlEQVR4nGP4z8DwHwgbGIA0CDAAAEPTCHnJFRwPAAAAAElFTkSuQmCC");

TEST(Logo, it_stands_on_the_page_with_what_shines_through_it) {
    const auto opaque = read_logo(opaque_png), transparent = read_logo(transparent_png);
    ASSERT_TRUE(opaque && transparent);
    EXPECT_EQ(opaque->width, 2);
    EXPECT_EQ(opaque->height, 2);
    EXPECT_EQ(opaque->opacity, "");
    EXPECT_NE(transparent->opacity, "");
    for (const auto& [logo, pictures] : {std::pair{*opaque, 1}, std::pair{*transparent, 2}}) {
        Sheet sheet = english_receipt();
        sheet.logo = std::make_shared<const Logo>(logo);
        PdfReader reader{render(sheet)};
        const std::string list = reader.images();
        EXPECT_EQ(std::ranges::count(list, '\n'), 2 + pictures) << list;
        EXPECT_EQ(reader.complaints(), "");
    }
}

TEST(Logo, what_is_no_picture_or_too_large_a_one_is_left_out) {  // F143
    EXPECT_FALSE(read_logo(""));
    EXPECT_FALSE(read_logo("GIF89a"));
    EXPECT_FALSE(read_logo(std::string_view{opaque_png}.substr(0, 40)));
    // The header says two thousand million pixels; its checksum is corrected, so that nothing else is wrong.
    const std::string huge =
        png_of("iVBORw0KGgoAAAANSUhEUgAAs7AAALOwCAYAAAB4Q6nhAAAACElEQVR4nAMAAAAAAUgGidIAAAAASUVORK5CYII=");
    EXPECT_FALSE(read_logo(huge));
}

TEST(Fonts, have_a_glyph_for_every_sign_of_an_amount) {
    for (const Currency currency : Currency::all())
        for (const std::string_view tag : {"en", "en-US", "de", "de-CH"})
            for (const char32_t c : characters_of(locale::Locale::of(tag).money(*Money::of(1'234'567, currency))))
                EXPECT_NE(place_of(Face::semibold, c).glyph, 0) << tag << " " << currency.code();
}

TEST(Typesetting, lines_are_no_wider_than_they_may_be_and_lose_nothing) {
    Typesetter type;
    const std::string text = "a word, " + std::string(60, 'm') + " and   more\nnew line";
    const Letters letters = type.set(Face::regular, text);
    constexpr Length size = 1'000, width = points(120);
    std::size_t shown = 0;
    const auto lines = wrapped(letters, size, width);
    EXPECT_GT(lines.size(), 5u);
    for (const Letters& line : lines) {
        EXPECT_LE(width_of(line, size), width);
        for (const Letter& one : line) shown += one.is_space ? 0 : 1;
    }
    std::size_t written = 0;
    for (const char c : text) written += c == ' ' || c == '\n' ? 0 : 1;
    EXPECT_EQ(shown, written);
    EXPECT_EQ(wrapped({}, size, width).size(), 1u);
    EXPECT_EQ(wrapped(type.set(Face::regular, "W"), size, 1).size(), 1u) << "a letter is never broken";
}

TEST(Fonts, each_says_what_it_has_and_a_subset_keeps_what_composites_are_made_of) {
    for (const TrueType& font : fonts()) {
        for (const char32_t c : std::u32string{U"Aa0€äßŁñ–"}) EXPECT_NE(font.glyph_of(c), 0) << font.name();
        EXPECT_EQ(font.glyph_of(0x4e00), 0);
        EXPECT_EQ(font.glyph_of(0x1f600), 0);
        EXPECT_EQ(font.glyph_of(0xffff), 0);
        const std::string subset = font.subset({0, font.glyph_of(U'ä')});
        EXPECT_LT(subset.size(), 3'000u);
        EXPECT_GT(subset.size(), 400u);
    }
    EXPECT_EQ(place_of(Face::regular, U'א').glyph, 0) << "from right to left";
    EXPECT_EQ(place_of(Face::semibold, U'Հ').font, 2u);
}

}  // namespace
}  // namespace florin::documents::test
