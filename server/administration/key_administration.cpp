#include "server/administration/key_administration.hpp"

#include "persistence/audit/chain/chain_opening.hpp"
#include "persistence/sql/connection.hpp"

#include <memory>
#include <stdexcept>

#include <pqxx/pqxx>

namespace musterd {
namespace {

/// Reads and changes nothing by itself: there must be a file, and the database must be that of a server.
struct key_desk {
  std::unique_ptr<pqxx::connection> db;
  pqxx::nontransaction tx;
  key_ring keys;

  explicit key_desk(const server_config& c)
      : db{open_connection(c.database_url)}, tx{*db},
        keys{signing_key_file{existing(c.auth_signing_key_file)}, key_of_trail(c, tx), never_by_schedule(c)} {
  }

 private:
  static std::string existing(const std::string& path) {
    (void)signing_key_file{path}.load();
    return path;
  }
  static audit_key key_of_trail(const server_config& c, pqxx::transaction_base& tx) {
    auto key = audit_key::load(c.audit_chain_key_file);
    if (!is_key_of_trail(tx, key))
      throw std::runtime_error{
          c.audit_chain_key_file +
          " is not the key of this audit trail; name the server's (audit.chain_key_file)"};
    return key;
  }
  static key_ring_settings never_by_schedule(const server_config& c) {
    auto settings = key_ring_settings_from(c);
    settings.rotated_after = {};
    return settings;
  }
};

}  // namespace

key_ring_settings key_ring_settings_from(const server_config& c) {
  return {std::chrono::seconds{c.auth_signing_key_announce_seconds},
          std::chrono::seconds{c.auth_access_token_seconds}, std::chrono::days{c.auth_signing_key_days}};
}

std::string announce_signing_key(const server_config& config) {
  key_desk desk{config};
  auto made = signing_key_file{config.auth_signing_key_file}.announce(wall_clock_now());
  if (!made)
    throw std::runtime_error{
        "a key is announced already (musterd keys list); it has to sign before the next one"};
  if (auto tended = desk.keys.tend(desk.tx, wall_clock_now()); tended.trouble)
    throw std::runtime_error{"the key is in the file, and servers will publish it: " + *tended.trouble};
  return made->key.kid();
}

std::vector<key_view> list_signing_keys(const server_config& config) {
  key_desk desk{config};
  desk.keys.learn(desk.tx);
  return desk.keys.view();
}

}  // namespace musterd
