#include "pdf_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>

#include "florin/base/check.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "text.hpp"

namespace florin::documents {
namespace {

/// zlib clears a quarter of a megabyte for each new stream; one that is set back costs nothing.
class Deflater {
public:
    Deflater() { check(deflateInit(&stream_, 6) == Z_OK, "there is memory to compress with"); }
    ~Deflater() { deflateEnd(&stream_); }
    Deflater(const Deflater&) = delete;

    std::string run(std::string_view text) {
        std::string out;
        out.resize(deflateBound(&stream_, text.size()));
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        check(deflate(&stream_, Z_FINISH) == Z_STREAM_END, "what is deflated fits into its bound");
        out.resize(stream_.total_out);
        deflateReset(&stream_);
        return out;
    }

private:
    z_stream stream_{};
};

}  // namespace

std::string deflated(std::string_view text) {
    thread_local Deflater deflater;
    return deflater.run(text);
}

std::string pdf_text(std::string_view utf8) {
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
    std::string out;
    if (std::ranges::all_of(utf8, is_plain)) {
        out.push_back('(');
        for (const char c : utf8) {
            if (c == '(' || c == ')' || c == '\\') out.push_back('\\');
            out.push_back(c);
        }
        out.push_back(')');
        return out;
    }
    out = "<FEFF";
    for (const char32_t c : characters_of(utf8)) append_utf16_hex(out, c);
    out.push_back('>');
    return out;
}

PdfFile::PdfFile() {
    out_.reserve(32 * 1024);
    // Four bytes above 127 tell whoever moves the file that it is not text.
    out_ = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
}

int PdfFile::reserve() {
    offsets_.push_back(0);
    return static_cast<int>(offsets_.size());
}

void PdfFile::begin(int object) {
    std::size_t& offset = offsets_[static_cast<std::size_t>(object) - 1];
    check(offset == 0, "an object is written once");
    offset = out_.size();
    out_ += std::to_string(object) + " 0 obj\n";
}

void PdfFile::put(int object, std::string_view body) {
    begin(object);
    out_ += body;
    out_ += "\nendobj\n";
}

void PdfFile::put_stream(int object, std::string_view entries, std::string_view content) {
    put_deflated(object, entries, deflated(content));
}

void PdfFile::put_deflated(int object, std::string_view entries, std::string_view content) {
    begin(object);
    out_ += "<<";
    out_ += entries;
    out_ += "/Filter/FlateDecode/Length " + std::to_string(content.size()) + ">>\nstream\n";
    out_ += content;
    out_ += "\nendstream\nendobj\n";
}

std::string PdfFile::finish(int catalog, int info, std::string_view identity) && {
    const std::size_t table = out_.size();
    const std::string count = std::to_string(offsets_.size() + 1);
    out_ += "xref\n0 " + count + "\n0000000000 65535 f \n";
    for (const std::size_t offset : offsets_) {
        check(offset > 0, "every object that was promised is there");
        const std::string digits = std::to_string(offset);
        out_.append(10 - digits.size(), '0');
        out_ += digits + " 00000 n \n";
    }
    const auto digest = security::sha256(identity);
    const std::string id = security::to_hex(security::Octets{digest}.part(0, 16));
    out_ += "trailer\n<</Size " + count + "/Root " + reference(catalog) + "/Info " + reference(info) + "/ID[<" + id +
            "><" + id + ">]>>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
    return std::move(out_);
}

}  // namespace florin::documents
