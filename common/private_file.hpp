#pragma once

#include <string>
#include <string_view>

/// Files that hold secrets: mode 0600, complete or not there at all.
namespace musterd {

/// Makes the file unless there is one; of processes that start together one makes it. Throws
/// std::runtime_error.
void create_private_file(const std::string& path, std::string_view text);

/// Puts a new text in the place of the old one at once. Throws std::runtime_error.
void replace_private_file(const std::string& path, std::string_view text);

/// Throws std::runtime_error if it cannot be read, or if others may.
std::string read_private_file(const std::string& path);

}  // namespace musterd
