#include "server/administration/key_administration.hpp"

#include "persistence/audit/chain/opening_search.hpp"
#include "persistence/sql/connection.hpp"
#include "server/settings/settings.hpp"

#include <memory>
#include <stdexcept>

#include <pqxx/pqxx>

namespace musterd {
namespace {

/// Creates nothing by itself: the file must exist, and the database must be a server's.
struct key_desk {
  std::unique_ptr<pqxx::connection> db;
  pqxx::nontransaction tx;
  key_ring keys;

  explicit key_desk(const server_settings& s)
      : db{open_connection(s.database.url)}, tx{*db},
        keys{signing_key_file{existing(s.auth.signing_keys.file)}, key_of_trail(s.audit.chain_key_file, tx),
             never_by_schedule(s.auth)} {}

 private:
  static std::string existing(const std::string& path) {
    (void)signing_key_file{path}.load();
    return path;
  }
  static audit_key key_of_trail(const std::string& file, pqxx::transaction_base& tx) {
    auto key = audit_key::load(file);
    if (!is_key_of_trail(tx, key))
      throw std::runtime_error{
          file + " is not the key of this audit trail; name the server's (audit.chain_key_file)"};
    return key;
  }
  static key_ring_settings never_by_schedule(const auth_settings& auth) {
    auto settings = key_ring_settings_from(auth);
    settings.rotated_after = {};
    return settings;
  }
};

}  // namespace

std::string announce_signing_key(const server_settings& settings) {
  key_desk desk{settings};
  auto made = signing_key_file{settings.auth.signing_keys.file}.announce(wall_clock_now());
  if (!made)
    throw std::runtime_error{
        "a key is announced already (musterd keys list); it has to sign before the next one"};
  if (auto tended = desk.keys.tend(desk.tx, wall_clock_now()); tended.trouble)
    throw std::runtime_error{"the key is in the file, and servers will publish it: " + *tended.trouble};
  return made->key.kid();
}

std::vector<key_view> list_signing_keys(const server_settings& settings) {
  key_desk desk{settings};
  desk.keys.learn(desk.tx);
  return desk.keys.view();
}

}  // namespace musterd
