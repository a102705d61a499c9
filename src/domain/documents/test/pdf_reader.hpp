#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace florin::documents::test {

/// What poppler, which shares nothing with us, makes of a PDF.
class PdfReader {
public:
    explicit PdfReader(const std::string& pdf) {
        std::string pattern = (std::filesystem::temp_directory_path() / "florin-pdf-XXXXXX").string();
        EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        std::ofstream{folder_ + "/it.pdf", std::ios::binary} << pdf;
    }
    ~PdfReader() { std::filesystem::remove_all(folder_); }
    PdfReader(const PdfReader&) = delete;

    /// What stands on the pages, as it stands there.
    std::string text() { return run("pdftotext -layout", "-"); }
    std::string info() { return run("pdfinfo", ""); }
    std::string fonts() { return run("pdffonts", ""); }
    std::string images() { return run("pdfimages -list", ""); }
    /// How much darker than white paper the first page is, over all its points.
    std::int64_t ink() {
        const std::string picture = run("pdftoppm -gray -r 72 -f 1 -l 1", "");
        // A PGM: three lines of head, then a byte for each point.
        std::size_t at = 0;
        for (int line = 0; line < 3; ++line) at = picture.find('\n', at) + 1;
        std::int64_t sum = 0;
        for (; at < picture.size(); ++at) sum += 255 - static_cast<std::uint8_t>(picture[at]);
        return sum;
    }
    /// What is wrong with it; empty: nothing.
    std::string complaints() {
        run("pdftotext", "-");
        return complaints_;
    }

private:
    std::string run(const std::string& command, const std::string& last) {
        const std::string line =
            command + " " + folder_ + "/it.pdf " + last + " > " + folder_ + "/out 2> " + folder_ + "/err";
        EXPECT_EQ(std::system(line.c_str()), 0) << command << ": is poppler-utils installed? " << read("/err");
        complaints_ = read("/err");
        return read("/out");
    }
    std::string read(const std::string& name) {
        std::ostringstream all;
        all << std::ifstream{folder_ + name, std::ios::binary}.rdbuf();
        return all.str();
    }
    std::string folder_, complaints_;
};

}  // namespace florin::documents::test
