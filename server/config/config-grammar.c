/* config-grammar.c - The options and sections, and what they take.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An option that is not in these tables is refused, never ignored.  */

#include "config-parts.h"

#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/wire/invite.h"

#define DAY 86400u
#define MAX_PROTECT 256
#define MAX_PREFIXES 256
#define MAX_HOURS 64
#define MAX_INTERFACES 64
#define MAX_UNTIL 64            /* Groups of a person that end.  */
#define MAX_LOGINS 16
#define MAX_LOGINLEN 64
#define MIN_AUDIT (1024 * 1024)
#define MAX_AUDIT (1024ull * 1024 * 1024 * 1024)
#define MAX_STATELEN 1024
#define MAX_RUNTIMELEN 80       /* A socket's name must fit sun_path.  */
#define INTERFACELEN 15         /* IFNAMSIZ less the NUL.  */


/* ------------------------- posternd.conf ------------------------- */

TAKE (host)
{
  config_t config = object;

  if (!netspec_name_valid (text, strlen (text)))
    return conf_fail (place, "'%.60s' is no name (1 to %d of a-z, 0-9,"
                      " '.', '_' and '-')", text, NETSPEC_NAMELEN);
  config->host = strdup (text);
  return config->host ? 0 : gpg_error_from_syserror ();
}


TAKE (interface)
{
  config_t config = object;
  size_t len = strlen (text);

  if (!len || len > INTERFACELEN || strpbrk (text, "/: \t")
      || !strcmp (text, ".") || !strcmp (text, "..")
      || !encode_is_clean (text, len))
    return conf_fail (place, "'%.60s' is no name of an interface", text);
  return conf_value_string (place, text, MAX_INTERFACES,
                            &config->interfaces);
}


TAKE (port)
{
  config_t config = object;
  unsigned long long value;
  gpg_error_t err;

  err = conf_value_number (place, text, 1, 65535, &value);
  if (!err)
    config->port = (uint16_t) value;
  return err;
}


static gpg_error_t
parse_range (const struct conf_place *place, const char *text,
             struct port_range *r_range)
{
  if (netspec_range_parse (text, strlen (text), r_range))
    return conf_fail (place, "'%.60s' is no port; write 'tcp/22' or"
                      " 'udp/60000-60010'", text);
  return 0;
}


TAKE (protect)
{
  config_t config = object;
  struct port_range range;
  gpg_error_t err = parse_range (place, text, &range);
  size_t i;

  if (err)
    return err;
  for (i = 0; i < config->n_protect; i++)
    if (config->protect[i].proto == range.proto
        && config->protect[i].first <= range.last
        && range.first <= config->protect[i].last)
      return conf_fail (place, "'%.60s' overlaps what stands before it",
                        text);
  if (config->n_protect == MAX_PROTECT)
    return conf_fail (place, "more than %d items", MAX_PROTECT);
  err = array_grow (&config->protect, config->n_protect,
                           sizeof *config->protect);
  if (!err)
    config->protect[config->n_protect++] = range;
  return err;
}


TAKE (max_age)
{
  config_t config = object;

  return conf_value_duration (place, text, 0, DAY, &config->max_age);
}


TAKE (max_ahead)
{
  config_t config = object;

  return conf_value_duration (place, text, 0, DAY, &config->max_ahead);
}


TAKE (claims_keep)
{
  config_t config = object;
  unsigned long long value;
  gpg_error_t err;

  err = conf_value_number (place, text, 1000, CONFIG_MAX_CLAIMS, &value);
  if (!err)
    config->claims_keep = (unsigned int) value;
  return err;
}


TAKE (replies)
{
  config_t config = object;

  return conf_value_bool (place, text, &config->replies);
}


TAKE (workers)
{
  config_t config = object;
  unsigned long long value;
  gpg_error_t err;

  err = conf_value_number (place, text, 1, CONFIG_MAX_WORKERS, &value);
  if (!err)
    config->workers = (unsigned int) value;
  return err;
}


TAKE (open_door)
{
  config_t config = object;

  return conf_value_bool (place, text, &config->open_door);
}


TAKE (on_fail)
{
  config_t config = object;

  if (!strcmp (text, "shut"))
    config->on_fail = CONFIG_FAIL_SHUT;
  else if (!strcmp (text, "open"))
    config->on_fail = CONFIG_FAIL_OPEN;
  else
    return conf_fail (place, "'%.60s' is neither 'shut' nor 'open'", text);
  return 0;
}


TAKE (on_stop)
{
  config_t config = object;

  if (!strcmp (text, "keep"))
    config->on_stop = CONFIG_STOP_KEEP;
  else if (!strcmp (text, "open"))
    config->on_stop = CONFIG_STOP_OPEN;
  else
    return conf_fail (place, "'%.60s' is neither 'keep' nor 'open'", text);
  return 0;
}


TAKE (audit_keep)
{
  config_t config = object;

  return conf_value_duration (place, text, 0, 3650 * DAY,
                              &config->audit_keep);
}


TAKE (log_audit)
{
  config_t config = object;

  if (!strcmp (text, "none"))
    config->log_audit = CONFIG_LOG_NONE;
  else if (!strcmp (text, "journal"))
    config->log_audit = CONFIG_LOG_JOURNAL;
  else if (!strcmp (text, "syslog"))
    config->log_audit = CONFIG_LOG_SYSLOG;
  else
    return conf_fail (place, "'%.60s' is none of 'journal', 'syslog' and"
                      " 'none'", text);
  return 0;
}


TAKE (audit_max)
{
  config_t config = object;
  unsigned long long value = 0;
  gpg_error_t err = 0;

  if (strcmp (text, "none"))
    err = conf_value_size (place, text, MIN_AUDIT, MAX_AUDIT, &value);
  if (!err)
    config->audit_max = value;
  return err;
}


TAKE (rate)
{
  config_t config = object;

  return conf_value_rate (place, text, &config->rate);
}


TAKE (address)
{
  config_t config = object;

  if (!invite_address_valid (text, strlen (text)))
    return conf_fail (place, "'%.60s' is neither a host name nor an"
                      " address", text);
  return conf_value_string (place, text, INVITE_MAX_ADDRESSES,
                            &config->addresses);
}


TAKE (state)
{
  config_t config = object;

  return conf_value_path (place, text, MAX_STATELEN, &config->state);
}


TAKE (runtime)
{
  config_t config = object;

  return conf_value_path (place, text, MAX_RUNTIMELEN, &config->runtime);
}


TAKE (server)
{
  config_t config = object;

  return conf_value_fpr (place, text, config->server_fpr);
}


TAKE (door_ends)
{
  struct config_door *door = object;

  return conf_value_time (place, text, &door->ends);
}


static gpg_error_t
begin_door (const struct conf_place *place, void *root,
            const char *title, void **r_object)
{
  config_t config = root;
  struct config_door *door = config->door + config->n_doors;

  if (config_door_by_name (config, title) < config->n_doors)
    return conf_fail (place, "door '%s' is repeated: posternd.conf has one"
                      " of this name; keep one of the two", title);
  if (config->n_doors == CONFIG_MAX_DOORS)
    return conf_fail (place, "more than %d doors", CONFIG_MAX_DOORS);
  door->name = strdup (title);
  if (!door->name)
    return gpg_error_from_syserror ();
  *r_object = door;
  config->n_doors++;
  return 0;
}


/* -------------------------- access.conf -------------------------- */

TAKE (user_key)
{
  struct config_user *user = object;

  return conf_value_fpr (place, text, user->fpr);
}


TAKE (user_group)
{
  struct config_user *user = object;

  return conf_value_name (place, text, &user->groups);
}


/* "GROUP=TIME".  */
TAKE (user_until)
{
  struct config_user *user = object;
  const char *time = strchr (text, '=');
  size_t i, len = time ? (size_t)(time - text) : 0;
  struct config_until *until;
  gpg_error_t err;

  if (!time || !netspec_name_valid (text, len))
    return conf_fail (place, "'%.80s' is not a group and a time; write"
                      " 'dba=2027-01-31', or the time in Unix seconds",
                      text);
  for (i = 0; i < user->n_until; i++)
    if (strlen (user->until[i].group) == len
        && !memcmp (user->until[i].group, text, len))
      return conf_fail (place, "the group '%s' is repeated",
                        user->until[i].group);
  if (user->n_until == MAX_UNTIL)
    return conf_fail (place, "more than %d items", MAX_UNTIL);
  err = array_grow (&user->until, user->n_until, sizeof *user->until);
  if (err)
    return err;
  until = user->until + user->n_until;
  err = conf_value_time (place, time + 1, &until->ends);
  if (!err && !until->ends)
    err = conf_fail (place, "'%.80s' has no end; name it in groups", text);
  if (!err && !(until->group = strndup (text, len)))
    err = gpg_error_from_syserror ();
  user->n_until += !err;
  return err;
}


TAKE (user_login)
{
  struct config_user *user = object;
  size_t len = strlen (text);

  if (!len || len > MAX_LOGINLEN || !encode_is_line (text, len))
    return conf_fail (place, "'%.80s' is no name (1 to %d bytes)", text,
                      MAX_LOGINLEN);
  return conf_value_string (place, text, MAX_LOGINS, &user->logins);
}


TAKE (user_door)
{
  struct config_user *user = object;

  if (!netspec_name_valid (text, strlen (text)))
    return conf_fail (place, "'%.60s' is no name of a door", text);
  user->door = strdup (text);
  return user->door ? 0 : gpg_error_from_syserror ();
}


TAKE (user_expires)
{
  struct config_user *user = object;

  return conf_value_time (place, text, &user->expires);
}


static gpg_error_t
begin_user (const struct conf_place *place, void *root,
            const char *title, void **r_object)
{
  config_t config = root;
  const struct config_user *other = config_user_by_name (config, title);
  struct config_user *user;
  gpg_error_t err;

  if (other)
    return conf_fail (place, "user '%s' is repeated: %s has one of this"
                      " name; keep one of the two", title, other->file);
  err = array_grow (&config->user, config->n_users,
                           sizeof *config->user);
  if (err)
    return err;
  user = &config->user[config->n_users];
  user->name = strdup (title);
  user->file = strdup (place->file);
  config->n_users++;
  if (!user->name || !user->file)
    return gpg_error_from_syserror ();
  *r_object = user;
  return 0;
}


static gpg_error_t
finish_user (const struct conf_place *place, void *root, void *object)
{
  config_t config = root;
  struct config_user *user = object;
  size_t i, k;

  for (i = 0; i < user->n_until; i++)
    for (k = 0; k < user->groups.n; k++)
      if (!strcmp (user->until[i].group, user->groups.item[k]))
        return conf_fail (place, "the user '%s' is in the group '%s'"
                          " without an end and with one; keep one of the"
                          " two", user->name, user->until[i].group);
  if (!*user->fpr)
    return conf_fail (place, "the user '%s' has no key;"
                      " add key = 'FINGERPRINT'", user->name);
  for (i = 0; i + 1 < config->n_users; i++)
    if (!strcmp (config->user[i].fpr, user->fpr))
      return conf_fail (place, "the key of '%s' is that of '%s' in %s too;"
                        " each person needs one of their own", user->name,
                        config->user[i].name, config->user[i].file);
  if (user->door
      && config_door_by_name (config, user->door) == CONFIG_MAX_DOORS)
    return conf_fail (place, "the user '%s' is tied to the door '%s',"
                      " which does not exist; 'postern-keys door add"
                      " %s' makes it", user->name, user->door, user->door);
  return 0;
}


gpg_error_t
config_take_group (const struct conf_place *place, void *object,
                   const char *text)
{
  struct config_rule *rule = object;

  return conf_value_name (place, text, &rule->groups);
}


gpg_error_t
config_take_user (const struct conf_place *place, void *object,
                  const char *text)
{
  struct config_rule *rule = object;

  return conf_value_name (place, text, &rule->users);
}


TAKE (rule_port)
{
  struct config_rule *rule = object;
  struct port_range range;
  gpg_error_t err = parse_range (place, text, &range);

  if (!err && netspec_ports_add (&rule->ports, &range))
    err = conf_fail (place, "'%.60s' is one too many: a rule has at most"
                     " %d items and %d ports, which do not overlap", text,
                     NETSPEC_MAX_RANGES, NETSPEC_MAX_PORTS);
  return err;
}


gpg_error_t
config_take_from (const struct conf_place *place, void *object,
                  const char *text)
{
  struct config_rule *rule = object;
  struct net_prefix prefix;
  gpg_error_t err;

  if (netspec_prefix_parse (text, &prefix))
    return conf_fail (place, "'%.60s' is no prefix; write"
                      " '203.0.113.0/24' or '2001:db8::/32', with no bits"
                      " set behind it", text);
  if (rule->n_from == MAX_PREFIXES)
    return conf_fail (place, "more than %d items", MAX_PREFIXES);
  err = array_grow (&rule->from, rule->n_from, sizeof *rule->from);
  if (!err)
    rule->from[rule->n_from++] = prefix;
  return err;
}


TAKE (rule_max_time)
{
  struct config_rule *rule = object;

  return conf_value_duration (place, text, 1, 7 * DAY, &rule->max_time);
}


TAKE (rule_default_time)
{
  struct config_rule *rule = object;

  return conf_value_duration (place, text, 1, 7 * DAY,
                              &rule->default_time);
}


gpg_error_t
config_take_hours (const struct conf_place *place, void *object,
                   const char *text)
{
  struct config_rule *rule = object;
  struct hours hours;
  gpg_error_t err;

  if (netspec_hours_parse (text, &hours))
    return conf_fail (place, "'%.60s' are no hours; write"
                      " 'Mon-Fri 07:00-20:00', or '22:00-06:00' for each"
                      " day", text);
  if (rule->n_hours == MAX_HOURS)
    return conf_fail (place, "more than %d items", MAX_HOURS);
  err = array_grow (&rule->hours, rule->n_hours, sizeof *rule->hours);
  if (!err)
    rule->hours[rule->n_hours++] = hours;
  return err;
}


gpg_error_t
config_take_observed (const struct conf_place *place, void *object,
                      const char *text)
{
  struct config_rule *rule = object;

  return conf_value_bool (place, text, &rule->observed);
}


gpg_error_t
config_take_require (const struct conf_place *place, void *object,
                     const char *text)
{
  struct config_rule *rule = object;

  return config_require_take (place, text, &rule->require);
}


static gpg_error_t
begin_rule (const struct conf_place *place, void *root,
            const char *title, void **r_object)
{
  config_t config = root;
  struct config_rule *rule;
  gpg_error_t err;

  (void) place;
  err = array_grow (&config->rule, config->n_rules,
                           sizeof *config->rule);
  if (err)
    return err;
  rule = &config->rule[config->n_rules];
  rule->name = strdup (title);
  if (!rule->name)
    return gpg_error_from_syserror ();
  rule->observed = true;
  config->n_rules++;
  *r_object = rule;
  return 0;
}


static gpg_error_t
finish_rule (const struct conf_place *place, void *root, void *object)
{
  config_t config = root;
  struct config_rule *rule = object;

  gpg_error_t err = config_finish_approval (place, rule);

  if (!err)
    err = config_backend_finish_rule (place, rule);
  if (err)
    return err;
  if (!rule->groups.n && !rule->users.n)
    return conf_fail (place, "the rule '%s' is for nobody;"
                      " add groups or users", rule->name);
  if (!rule->ports.n)
    return conf_fail (place, "the rule '%s' opens nothing; add ports",
                      rule->name);
  if (!rule->max_time)
    rule->max_time = rule->default_time > 60 ? rule->default_time : 60;
  if (!rule->default_time)
    rule->default_time = rule->max_time < 30 ? rule->max_time : 30;
  if (rule->default_time > rule->max_time)
    return conf_fail (place, "the default-time of the rule '%s' is longer"
                      " than its max-time", rule->name);
  return config_require_check (place, config, "rule", rule->name,
                               &rule->require);
}


/* --------------------------- the tables --------------------------- */

static const struct conf_option no_options[] = { { NULL, false, NULL } };

static const struct conf_option posternd_options[] =
  {
    { "host", false, take_host },
    { "interfaces", true, take_interface },
    { "port", false, take_port },
    { "protect", true, take_protect },
    { "trusted", true, config_take_trusted },
    { "claims-keep", false, take_claims_keep },
    { "max-age", false, take_max_age },
    { "max-ahead", false, take_max_ahead },
    { "replies", false, take_replies },
    { "workers", false, take_workers },
    { "open-door", false, take_open_door },
    { "on-fail", false, take_on_fail },
    { "on-stop", false, take_on_stop },
    { "audit-keep", false, take_audit_keep },
    { "log-audit", false, take_log_audit },
    { "audit-max", false, take_audit_max },
    { "rate", false, take_rate },
    { "addresses", true, take_address },
    { "server", false, take_server },
    { "state", false, take_state },
    { "runtime", false, take_runtime },
    { NULL, false, NULL }
  };

static const struct conf_option server_options[] =
  {
    { "server", false, take_server },
    { NULL, false, NULL }
  };

static const struct conf_option door_options[] =
  {
    { "ends", false, take_door_ends },
    { NULL, false, NULL }
  };

static const struct conf_option user_options[] =
  {
    { "key", false, take_user_key },
    { "groups", true, take_user_group },
    { "groups-until", true, take_user_until },
    { "logins", true, take_user_login },
    { "door", false, take_user_door },
    { "expires", false, take_user_expires },
    { NULL, false, NULL }
  };

static const struct conf_option rule_options[] =
  {
    { "groups", true, config_take_group },
    { "users", true, config_take_user },
    { "ports", true, take_rule_port },
    { "from", true, config_take_from },
    { "max-time", false, take_rule_max_time },
    { "default-time", false, take_rule_default_time },
    { "hours", true, config_take_hours },
    { "observed", false, config_take_observed },
    { "require", false, config_take_require },
    { "approvals", false, config_take_approvals },
    { "approvers", true, config_take_approvers },
    { "approval-time", false, config_take_approval_time },
    { "approvers-require", false, config_take_approvers_require },
    { "emergency", false, config_take_emergency },
    { "open-command", false, config_take_open_command },
    { "close-command", false, config_take_close_command },
    { NULL, false, NULL }
  };

static const struct conf_option access_options[] =
  {
    { "on-open", false, config_take_on_open },
    { "on-close", false, config_take_on_close },
    { "on-refused", false, config_take_on_refused },
    { "on-pending", false, config_take_on_pending },
    { "notify", false, config_take_notify },
    { NULL, false, NULL }
  };

static const struct conf_section posternd_sections[] =
  {
    { "door", door_options, begin_door, NULL, false, NULL },
    { "ldap", config_ldap_options, config_ldap_begin, config_ldap_finish,
      false, NULL },
    { NULL, NULL, NULL, NULL, false, NULL }
  };

static const struct conf_section no_sections[] =
  {
    { NULL, NULL, NULL, NULL, false, NULL }
  };

static const struct conf_section doors_sections[] =
  {
    { "door", door_options, begin_door, NULL, false, NULL },
    { NULL, NULL, NULL, NULL, false, NULL }
  };

static const struct conf_section access_sections[] =
  {
    { "user", user_options, begin_user, finish_user, false, NULL },
    { "rule", rule_options, begin_rule, finish_rule, false, NULL },
    { "command", config_command_options, config_begin_command,
      config_finish_command, false, config_command_sections },
    { "hook", config_hook_options, config_begin_hook, config_finish_hook,
      false, NULL },
    { NULL, NULL, NULL, NULL, false, NULL }
  };

static const struct conf_section users_sections[] =
  {
    { "user", user_options, begin_user, finish_user, false, NULL },
    { NULL, NULL, NULL, NULL, false, NULL }
  };

const struct conf_grammar config_grammar_posternd =
  { "posternd.conf", posternd_options, posternd_sections,
    &config_grammar_access };
const struct conf_grammar config_grammar_server =
  { "server.conf", server_options, no_sections, &config_grammar_posternd };
const struct conf_grammar config_grammar_doors =
  { "doors", no_options, doors_sections, &config_grammar_posternd };
const struct conf_grammar config_grammar_access =
  { "access.conf", access_options, access_sections, &config_grammar_posternd };
const struct conf_grammar config_grammar_users =
  { "users.d", no_options, users_sections, &config_grammar_access };
