// Where everything stands on the paper.

#include <algorithm>
#include <deque>

#include "sheet.hpp"
#include "typesetting.hpp"
#include "words.hpp"

namespace florin::documents {
namespace {

constexpr Ink black{24, 31, 49}, grey{96, 105, 124}, line_ink{221, 226, 235}, shade{243, 245, 249}, accent{48, 84, 196};

constexpr Length margin = points(56), top_margin = points(52), bottom_margin = points(64), hairline = 60;
constexpr Length small_size = 850, body_size = 950, heading_size = 1150, large_size = 2300;
constexpr Length leading = 1350, small_leading = 1200;
/// How much room a table's cells have around them.
constexpr Length padding = points(8);

/// Draws one document from top to bottom, page after page.
class Composer {
public:
    explicit Composer(const Sheet& sheet)
        : sheet_{sheet}, locale_{locale::Locale::of(sheet.locale)}, words_{words_of(locale_.language())} {
        add_page();
    }

    std::string compose() {
        head();
        title();
        parties();
        // What its only line says is not said twice.
        const auto& all = sheet_.content.lines;
        const bool says_the_line = all.size() == 1 && all.front().description == sheet_.content.subject;
        if (!sheet_.content.subject.empty() && !says_the_line)
            paragraph(Face::semibold, sheet_.content.subject, heading_size, black);
        if (!sheet_.content.lines.empty()) lines();
        if (sheet_.kind != Kind::agreement || !sheet_.content.lines.empty()) total();
        for (const std::string& text : sheet_.content.paragraphs) paragraph(Face::regular, text, body_size, black);
        if (!sheet_.content.schedule.empty()) sheet_.kind == Kind::statement ? payments() : schedule();
        if (sheet_.kind == Kind::agreement) acceptance();
        feet();
        return file();
    }

private:
    Page& page() { return pages_.back(); }
    Length right() const { return pages_.back().width() - margin; }
    Length width() const { return right() - margin; }
    Length lowest() const { return pages_.back().height() - bottom_margin; }
    bool has_room(Length height) const { return at_ + height <= lowest(); }

    void add_page() {
        if (locale_.has_letter_paper())
            pages_.emplace_back(points(612), points(792));
        else
            pages_.emplace_back(59'528, 84'189);
        at_ = top_margin;
    }
    /// A page that goes on, and says with what.
    void turn_page() {
        add_page();
        const std::string what = std::string{words_.title(sheet_.kind)} + " " + sheet_.number;
        left(set(Face::regular, what), small_size, margin, at_, grey);
        flush_right(set(Face::regular, sheet_.letterhead.name), small_size, at_, grey);
        at_ += points(28);
    }
    void need(Length height) {
        if (!has_room(height)) turn_page();
    }

    Letters set(Face face, std::string_view text) { return type_.set(face, text); }
    void left(const Letters& letters, Length size, Length x, Length baseline, Ink ink) {
        page().text(letters, size, x, baseline, ink);
    }
    void flush_right(const Letters& letters, Length size, Length baseline, Ink ink, Length inset = 0) {
        page().text(letters, size, right() - inset - width_of(letters, size), baseline, ink);
    }
    void rule(Length y, Ink ink = line_ink) { page().rectangle(margin, y, width(), hairline, ink); }

    /// Logo or name on the left, who the merchant is on the right.
    void head() {
        const Letterhead& merchant = sheet_.letterhead;
        Length left_end = at_;
        if (sheet_.logo) {
            const Length most_wide = points(170), most_high = points(46);
            const Length across = sheet_.logo->width, down = sheet_.logo->height;
            Length wide = most_wide, high = most_wide * down / across;
            if (high > most_high) {
                high = most_high;
                wide = most_high * across / down;
            }
            page().image("Logo", margin, at_, std::max<Length>(wide, 1), std::max<Length>(high, 1));
            left_end += high;
        } else {
            for (const Letters& line : wrapped(set(Face::semibold, merchant.name), 1500, width() / 2)) {
                left(line, 1500, margin, left_end + 1400, black);
                left_end += 1900;
            }
        }
        Length right_end = at_;
        const auto line = [&](Face face, std::string_view text) {
            for (const Letters& part : wrapped(set(face, text), small_size, width() * 2 / 5)) {
                right_end += small_leading;
                flush_right(part, small_size, right_end, face == Face::semibold ? black : grey);
            }
        };
        if (sheet_.logo) line(Face::semibold, merchant.name);
        for (const std::string& text : merchant.address_lines) line(Face::regular, text);
        if (!merchant.tax_line.empty()) line(Face::regular, merchant.tax_line);
        at_ = std::max(left_end, right_end) + points(38);
    }

    void title() {
        page().rectangle(margin, at_, points(28), 240, accent);
        at_ += points(30);
        left(set(Face::semibold, words_.title(sheet_.kind)), large_size, margin, at_, black);
        at_ += points(30);
    }

    /// For whom on the left, the facts on the right.
    void parties() {
        const Length from = at_;
        Length left_end = from;
        const auto line = [&](Face face, std::string_view text, Length size, Ink ink) {
            for (const Letters& part : wrapped(set(face, text), size, width() / 2 - points(12))) {
                left(part, size, margin, left_end, ink);
                left_end += leading;
            }
        };
        line(Face::regular, words_.billed_to, small_size, grey);
        left_end += 200;
        if (sheet_.personal && !sheet_.personal->name.empty()) {
            line(Face::semibold, sheet_.personal->name, 1050, black);
            for (const std::string& text : sheet_.personal->address_lines) line(Face::regular, text, body_size, black);
        } else {
            line(Face::regular, std::string{words_.customer} + " " + sheet_.customer_id, 1050, black);
        }

        Length right_end = from;
        const Length column = margin + width() / 2 + points(12);
        const auto fact = [&](std::string_view name, std::string_view value) {
            const Letters label = set(Face::regular, name);
            left(label, small_size, column, right_end, grey);
            const Length room = right() - column - width_of(label, small_size) - points(10);
            for (const Letters& part : wrapped(set(Face::regular, value), body_size, room)) {
                flush_right(part, body_size, right_end, black);
                right_end += 1500;
            }
        };
        fact(words_.number, sheet_.number);
        fact(words_.date, locale_.date(sheet_.issued_on));
        fact(words_.customer, sheet_.customer_id);
        if (sheet_.refers_to)
            fact(words_.refers_to, std::string{words_.title(sheet_.refers_to->kind)} + " " + sheet_.refers_to->number);
        // Where lines lead to the total, it stands below them.
        if (sheet_.kind == Kind::agreement && sheet_.content.lines.empty())
            fact(words_.total, locale_.money(sheet_.total));
        if (sheet_.personal && !sheet_.personal->payment_words.empty())
            fact(words_.payment, sheet_.personal->payment_words);
        at_ = std::max(left_end, right_end) + points(26);
    }

    void paragraph(Face face, std::string_view text, Length size, Ink ink) {
        const Length step = size * 3 / 2;
        for (const Letters& line : wrapped(set(face, text), size, width())) {
            need(step);
            left(line, size, margin, at_, ink);
            at_ += step;
        }
        at_ += 500;
    }

    struct Column {
        std::string_view title;
        Length inset = 0;  ///< Of its right edge, from the paper's; of a left one's left edge.
        bool is_left = false;
    };
    void table_head(const std::vector<Column>& columns) {
        need(points(60));
        page().rectangle(margin, at_, width(), points(20), shade);
        for (const Column& column : columns) {
            const Letters title = set(Face::semibold, column.title);
            if (column.is_left)
                left(title, small_size, margin + column.inset, at_ + 1320, grey);
            else
                flush_right(title, small_size, at_ + 1320, grey, column.inset);
        }
        at_ += points(20);
    }

    void lines() {
        const auto& all = sheet_.content.lines;
        // A column of ones tells nobody anything.
        const bool has_quantity = std::ranges::any_of(all, [](const Line& line) { return line.quantity != 1; });
        std::vector<Column> columns{{words_.description, padding, true}, {words_.amount, padding}};
        const Length quantity_inset = points(112);
        if (has_quantity) columns.push_back({words_.quantity, quantity_inset});
        const Length room = width() - 2 * padding - (has_quantity ? points(170) : points(112));
        table_head(columns);
        for (const Line& line : all) {
            const auto parts = wrapped(set(Face::regular, line.description), body_size, room);
            bool is_first = true;
            at_ += 600;
            for (const Letters& part : parts) {
                if (!has_room(leading + 600)) {
                    turn_page();
                    table_head(columns);
                    at_ += 600;
                }
                const Length baseline = at_ + 950;
                left(part, body_size, margin + padding, baseline, black);
                if (is_first) {
                    if (has_quantity)
                        flush_right(set(Face::regular, locale_.count(line.quantity)), body_size, baseline, black,
                                    quantity_inset);
                    flush_right(set(Face::regular, locale_.money(line.amount)), body_size, baseline, black, padding);
                }
                is_first = false;
                at_ += leading;
            }
            at_ += 450;
            rule(at_);
        }
    }

    void total() {
        need(points(44));
        at_ += points(22);
        const Letters amount = set(Face::semibold, locale_.money(sheet_.total));
        flush_right(amount, 1400, at_, black, padding);
        const Letters label = set(Face::semibold, words_.total_of(sheet_.kind, sheet_.total));
        flush_right(label, body_size, at_, grey, padding + width_of(amount, 1400) + points(16));
        at_ += points(34);
    }

    void schedule() {
        // Nobody signs a page that says nothing: the last rows go along with what follows them.
        constexpr Length row = points(17), end = points(24);
        constexpr std::size_t kept = 3;
        const std::size_t size = sheet_.content.schedule.size();
        const Length kept_height = static_cast<Length>(std::min(kept, size)) * row + end + acceptance_height;
        need(points(100) + (size <= kept ? kept_height : 0));
        at_ += points(14);
        left(set(Face::semibold, words_.schedule), heading_size, margin, at_, black);
        at_ += points(12);
        const std::vector<Column> columns{
            {words_.instalment, padding, true}, {words_.due, points(110), true}, {words_.amount, padding}};
        table_head(columns);
        std::size_t left_over = size;
        for (const ScheduleRow& due : sheet_.content.schedule) {
            if (!has_room(row) || (left_over == kept && !has_room(kept_height))) {
                turn_page();
                table_head(columns);
            }
            const Length baseline = at_ + 1190;
            left(set(Face::regular, locale_.count(due.number)), body_size, margin + padding, baseline, black);
            left(set(Face::regular, locale_.date(due.due_date)), body_size, margin + points(110), baseline, black);
            flush_right(set(Face::regular, locale_.money(due.amount)), body_size, baseline, black, padding);
            at_ += row;
            left_over -= 1;
            rule(at_);
        }
        at_ += end;
    }

    /// What a statement goes through, by day.
    void payments() {
        constexpr Length day_end = points(116);
        need(points(100));
        at_ += points(14);
        left(set(Face::semibold, words_.payments), heading_size, margin, at_, black);
        at_ += points(12);
        const std::vector<Column> columns{
            {words_.due, padding, true}, {words_.description, day_end, true}, {words_.amount, padding}};
        table_head(columns);
        for (const ScheduleRow& one : sheet_.content.schedule) {
            const Letters amount = set(Face::regular, locale_.money(one.amount));
            const Length room = width() - day_end - 3 * padding - width_of(amount, body_size);
            const auto parts = wrapped(set(Face::regular, one.description), body_size, room);
            const Length high = points(17) + static_cast<Length>(parts.size() - 1) * leading;
            if (!has_room(high)) {
                turn_page();
                table_head(columns);
            }
            Length baseline = at_ + 1190;
            left(set(Face::regular, locale_.date(one.due_date)), body_size, margin + padding, baseline, black);
            flush_right(amount, body_size, baseline, black, padding);
            for (const Letters& part : parts) {
                left(part, body_size, margin + day_end, baseline, black);
                baseline += leading;
            }
            at_ += high;
            rule(at_);
        }
        at_ += points(24);
    }

    static constexpr Length acceptance_height = points(104);

    /// Where to sign, if it is done on paper.
    void acceptance() {
        need(acceptance_height);
        left(set(Face::semibold, words_.acceptance), heading_size, margin, at_, black);
        at_ += points(18);
        left(set(Face::regular, words_.acceptance_words), body_size, margin, at_, black);
        at_ += points(48);
        const Length gap = points(18), third = (width() - 2 * gap) / 3;
        Length x = margin;
        for (const std::string_view label : {words_.name, words_.date, words_.signature}) {
            page().rectangle(x, at_, third, hairline, grey);
            left(set(Face::regular, label), small_size, x, at_ + 1200, grey);
            x += third + gap;
        }
        at_ += points(30);
    }

    void feet() {
        std::string who = sheet_.letterhead.name;
        for (const std::string& more : {sheet_.letterhead.tax_line, sheet_.letterhead.support_email})
            if (!more.empty()) who += "  \u00b7  " + more;
        const std::string end = " " + std::string{words_.of} + " " + std::to_string(pages_.size());
        for (std::size_t i = 0; i < pages_.size(); ++i) {
            Page& one = pages_[i];
            const Length baseline = one.height() - points(32);
            one.rectangle(margin, baseline - points(14), one.width() - 2 * margin, hairline, line_ink);
            const Letters number = set(Face::regular, std::string{words_.page} + " " + std::to_string(i + 1) + end);
            const Length number_width = width_of(number, 800);
            one.text(number, 800, one.width() - margin - number_width, baseline, grey);
            const Length room = one.width() - 2 * margin - number_width - points(20);
            one.text(wrapped(set(Face::regular, who), 800, room).front(), 800, margin, baseline, grey);
        }
    }

    std::string file() {
        PdfFile file;
        const int catalog = file.reserve(), info = file.reserve(), tree = file.reserve();
        std::string resources = "<</Font<<" + type_.write(file) + ">>";
        if (sheet_.logo) resources += "/XObject<</Logo " + PdfFile::reference(logo(file)) + ">>";
        resources += ">>";
        const int shared = file.reserve();
        file.put(shared, resources);

        std::string kids;
        for (const Page& one : pages_) {
            const int leaf = file.reserve(), contents = file.reserve();
            const auto side = [](Length length) {
                return std::to_string(length / 100) + "." + std::to_string(length / 10 % 10) +
                       std::to_string(length % 10);
            };
            file.put(leaf, "<</Type/Page/Parent " + PdfFile::reference(tree) + "/MediaBox[0 0 " + side(one.width()) +
                               " " + side(one.height()) + "]/Resources " + PdfFile::reference(shared) + "/Contents " +
                               PdfFile::reference(contents) + ">>");
            file.put_stream(contents, "", one.contents());
            kids += PdfFile::reference(leaf) + " ";
        }
        kids.pop_back();
        file.put(tree, "<</Type/Pages/Count " + std::to_string(pages_.size()) + "/Kids[" + kids + "]>>");
        file.put(catalog, "<</Type/Catalog/Pages " + PdfFile::reference(tree) + "/Lang" + pdf_text(locale_.tag()) +
                              "/ViewerPreferences<</DisplayDocTitle true>>>>");
        // The day of issue and not the moment at which somebody asks: the same bytes whenever that is.
        std::string day = calendar::to_text(sheet_.issued_on);
        std::erase(day, '-');
        file.put(info, "<</Title" + pdf_text(std::string{words_.title(sheet_.kind)} + " " + sheet_.number) + "/Author" +
                           pdf_text(sheet_.letterhead.name) + "/Producer(Florin)/CreationDate(D:" + day + "000000Z)>>");
        return std::move(file).finish(catalog, info, sheet_.number + "\n" + pages_.front().contents());
    }

    int logo(PdfFile& file) const {
        const Logo& from = *sheet_.logo;
        const std::string size = "/Type/XObject/Subtype/Image/Width " + std::to_string(from.width) + "/Height " +
                                 std::to_string(from.height);
        std::string mask;
        if (!from.opacity.empty()) {
            const int opacity = file.reserve();
            file.put_deflated(opacity, size + "/ColorSpace/DeviceGray/BitsPerComponent 8", from.opacity);
            mask = "/SMask " + PdfFile::reference(opacity);
        }
        const int image = file.reserve();
        file.put_deflated(image, size + "/ColorSpace/DeviceRGB/BitsPerComponent 8" + mask, from.colours);
        return image;
    }

    const Sheet& sheet_;
    locale::Locale locale_;
    const Words& words_;
    Typesetter type_;
    std::deque<Page> pages_;
    Length at_ = top_margin;  ///< How far down the current page is written.
};

}  // namespace

std::string render(const Sheet& sheet) { return Composer{sheet}.compose(); }

}  // namespace florin::documents
