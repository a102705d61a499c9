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
    std::string images() { return "" + run("pdfimages -list", ""); }
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
