#include "logo.hpp"

#include <png.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "pdf_file.hpp"

namespace florin::documents {
namespace {

/// A small file may claim to be an endless picture (F143).
constexpr std::uint64_t most_pixels = 1'000'000;

}  // namespace

std::optional<Logo> read_logo(std::string_view png) {
    png_image image;
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0) return std::nullopt;
    const std::uint64_t pixels = std::uint64_t{image.width} * image.height;
    if (pixels == 0 || pixels > most_pixels) {
        png_image_free(&image);
        return std::nullopt;
    }
    image.format = PNG_FORMAT_RGBA;
    std::vector<png_byte> read(pixels * 4);
    if (png_image_finish_read(&image, nullptr, read.data(), 0, nullptr) == 0) return std::nullopt;

    std::string colours, opacity;
    colours.reserve(pixels * 3);
    opacity.reserve(pixels);
    for (std::size_t i = 0; i < read.size(); i += 4) {
        colours.append(reinterpret_cast<const char*>(&read[i]), 3);
        opacity.push_back(static_cast<char>(read[i + 3]));
    }
    const bool is_opaque = std::ranges::all_of(opacity, [](char c) { return c == static_cast<char>(0xff); });
    return Logo{.width = static_cast<int>(image.width),
                .height = static_cast<int>(image.height),
                .colours = deflated(colours),
                .opacity = is_opaque ? std::string{} : deflated(opacity)};
}

}  // namespace florin::documents
