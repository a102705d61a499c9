#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace florin::documents {

/// Deflated by zlib. The thread keeps its memory.
std::string deflated(std::string_view text);

/// `(…)` or, where a character is not of ASCII, UTF-16: a text outside of a page's contents.
std::string pdf_text(std::string_view utf8);

/// A PDF in the making: numbered objects, and the table that finds them. The same calls, the same bytes.
///
/// Source: ISO 32000-1, 7.5.
class PdfFile {
public:
    PdfFile();

    /// A number for an object that others may refer to before it is there.
    int reserve();
    void put(int object, std::string_view body);
    /// `entries` go into its dictionary. Compresses.
    void put_stream(int object, std::string_view entries, std::string_view content);
    /// What is deflated already.
    void put_deflated(int object, std::string_view entries, std::string_view content);
    /// The whole file. `identity` tells it from others.
    std::string finish(int catalog, int info, std::string_view identity) &&;

    static std::string reference(int object) { return std::to_string(object) + " 0 R"; }

private:
    void begin(int object);
    std::string out_;
    std::vector<std::size_t> offsets_;
};

}  // namespace florin::documents
