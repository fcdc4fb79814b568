/* config.c - Load, look up and release the configuration.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "config-parts.h"

struct loader
{
  config_t config;
  int dirfd;
  gcry_md_hd_t md;
  size_t n_doors;               /* That are looked at.  */
  char **r_message;
};


static void
release_user (struct config_user *user)
{
  free (user->name);
  free (user->door);
  free (user->file);
  strlist_release (&user->groups);
  strlist_release (&user->logins);
  while (user->n_until)
    free (user->until[--user->n_until].group);
  free (user->until);
}


static void
release_rule (struct config_rule *rule)
{
  free (rule->name);
  free (rule->from);
  free (rule->hours);
  free (rule->require.ldap);
  strlist_release (&rule->groups);
  strlist_release (&rule->users);
  config_approval_release (&rule->approval);
  free (rule->open_command);
  free (rule->close_command);
}


void
config_release (config_t config)
{
  size_t i;

  if (!config)
    return;
  for (i = 0; i < config->n_users; i++)
    release_user (&config->user[i]);
  for (i = 0; i < config->n_rules; i++)
    release_rule (&config->rule[i]);
  for (i = 0; i < config->n_commands; i++)
    {
      release_rule (&config->command[i].terms);
      config_command_release (&config->command[i]);
    }
  for (i = 0; i < config->n_hooks; i++)
    config_hook_release (&config->hook[i]);
  for (i = 0; i < CONFIG_N_EVENTS; i++)
    free (config->on_event[i]);
  free (config->command);
  free (config->hook);
  for (i = 0; i < config->n_doors; i++)
    free (config->door[i].name);
  for (i = 0; i < config->n_ldaps; i++)
    config_ldap_release (&config->ldap[i]);
  strlist_release (&config->interfaces);
  strlist_release (&config->addresses);
  free (config->ldap);
  free (config->user);
  free (config->rule);
  free (config->protect);
  config_trusted_release (&config->trusted);
  free (config->dir);
  free (config->host);
  free (config->state);
  free (config->runtime);
  free (config);
}


/* A configuration of defaults.  */
static gpg_error_t
new_config (const char *dir, config_t *r_config)
{
  config_t config = calloc (1, sizeof *config);

  *r_config = config;
  if (!config)
    return gpg_error_from_syserror ();
  config->dir = strdup (dir);
  config->state = strdup (POSTERN_STATEDIR);
  config->runtime = strdup (POSTERN_RUNDIR);
  if (!config->dir || !config->state || !config->runtime)
    return gpg_error_from_syserror ();
  config->port = 62201;
  config->max_age = 120;
  config->claims_keep = 1000000;
  config->max_ahead = 30;
  config->replies = true;
  config->workers = 2;
  config->on_stop = CONFIG_STOP_KEEP;
  config->on_fail = CONFIG_FAIL_SHUT;
  config->audit_keep = 365 * 86400u;
  config->audit_max = UINT64_C (1) << 30;
  config->rate = (struct conf_rate){ 20, 2, 1 };
  return 0;
}


/* The hash goes over NAME, a NUL, the length (64 bits, big-endian) and the
   content of each file: no two sets of files look alike to it.  */
static void
hash_file (gcry_md_hd_t md, const char *name, const char *text, size_t len)
{
  unsigned char size[8];
  uint64_t value = len;
  int i;

  for (i = 7; i >= 0; i--, value >>= 8)
    size[i] = (unsigned char) (value & 0xff);
  gcry_md_write (md, name, strlen (name) + 1);
  gcry_md_write (md, size, sizeof size);
  gcry_md_write (md, text, len);
}


/* Read NAME of DIRFD, which is the folder SUB ("", "doors/" or "users.d/")
   of the configuration.  */
static gpg_error_t
load_file (struct loader *l, int dirfd, const char *sub, const char *name,
           const struct conf_grammar *grammar)
{
  gpg_error_t err;
  char *path = NULL;
  char *text = NULL;
  size_t len;

  if (asprintf (&path, "%s/%s%s", l->config->dir, sub, name) < 0)
    return gpg_error_from_syserror ();
  err = conf_files_read (dirfd, name, path, &text, &len, l->r_message);
  if (!err)
    {
      hash_file (l->md, path + strlen (l->config->dir) + 1, text, len);
      err = conf_parse (path, text, len, grammar, l->config,
                        l->r_message);
    }
  free (text);
  free (path);
  return err;
}


/* What posternd.conf must say, and what follows from the rest.  */
static gpg_error_t
check_posternd (struct loader *l)
{
  config_t config = l->config;
  struct conf_place place = { NULL, 0, NULL, l->r_message };
  gpg_error_t err = 0;
  char *path;
  size_t i;

  if (asprintf (&path, "%s/posternd.conf", config->dir) < 0)
    return gpg_error_from_syserror ();
  place.file = path;
  if (!config->host)
    err = conf_fail (&place, "host is missing; add host = 'NAME', the"
                     " name that requests carry");
  else if (!*config->server_fpr)
    err = conf_fail (&place, "server is missing; 'postern-keys init'"
                     " makes the server's key and writes it");
  else if (!config->interfaces.n)
    err = conf_value_string (&place, "any", 1, &config->interfaces);
  for (i = 0; !err && i < config->interfaces.n; i++)
    if (config->interfaces.n > 1
        && !strcmp (config->interfaces.item[i], "any"))
      err = conf_fail (&place, "interfaces: 'any' stands alone");
  free (path);
  return err;
}


/* A folder that is not there holds nothing.  */
static gpg_error_t
forget_missing (gpg_error_t err, char **r_message)
{
  if (gpg_err_code (err) != GPG_ERR_ENOENT)
    return err;
  if (r_message)
    {
      free (*r_message);
      *r_message = NULL;
    }
  return 0;
}


/* What init writes stands apart, so that posternd.conf can be written
   whole by hand, and be the same on several hosts but for its name.  */
static gpg_error_t
load_server (struct loader *l)
{
  config_t config = l->config;
  struct conf_place place = { NULL, 0, NULL, l->r_message };
  char own[NETSPEC_FPRLEN + 1], *path;
  gpg_error_t err;

  memcpy (own, config->server_fpr, sizeof own);
  err = load_file (l, l->dirfd, "", "server.conf", &config_grammar_server);
  err = forget_missing (err, l->r_message);
  if (err || !*own || !strcmp (own, config->server_fpr))
    return err;
  if (asprintf (&path, "%s/posternd.conf", config->dir) < 0)
    return gpg_error_from_syserror ();
  place.file = path;
  err = conf_fail (&place, "server is another key than that of server.conf,"
                   " as where this file is of an older development build;"
                   " take the line away here");
  free (path);
  return err;
}


/* Load each file of the folder SUB ("doors/" or "users.d/").  DONE (may be
   NULL) looks at what came of it.  */
static gpg_error_t
load_folder (struct loader *l, const char *sub,
             const struct conf_grammar *grammar,
             gpg_error_t (*done) (struct loader *l, const char *name))
{
  struct strlist names = { 0, NULL };
  gpg_error_t err;
  char *path = NULL;
  size_t i;
  int fd = -1;

  if (asprintf (&path, "%s/%.*s", l->config->dir, (int)strlen (sub) - 1,
                sub) < 0)
    return gpg_error_from_syserror ();
  err = conf_files_open_dir (l->dirfd, sub, path, &fd, l->r_message);
  if (err)
    {
      err = forget_missing (err, l->r_message);
      goto leave;
    }
  err = conf_files_list (fd, path, &names, l->r_message);
  for (i = 0; !err && i < names.n; i++)
    {
      err = load_file (l, fd, sub, names.item[i], grammar);
      if (!err && done)
        err = done (l, names.item[i]);
    }

 leave:
  strlist_release (&names);
  if (fd >= 0)
    close (fd);
  free (path);
  return err;
}


/* The file NAME.conf, which is loaded, must hold the door NAME and no
   other: who takes the file away takes that door away.  */
static gpg_error_t
check_door_file (struct loader *l, const char *name)
{
  config_t config = l->config;
  struct conf_place place = { NULL, 0, NULL, l->r_message };
  struct config_door *door = config->door + l->n_doors;
  size_t len = strlen (name) - strlen (".conf");
  gpg_error_t err;
  char *path;

  if (config->n_doors == l->n_doors + 1 && strlen (door->name) == len
      && !strncmp (door->name, name, len))
    {
      door->own_file = true;
      l->n_doors++;
      return 0;
    }
  if (asprintf (&path, "%s/doors/%s", config->dir, name) < 0)
    return gpg_error_from_syserror ();
  place.file = path;
  err = conf_fail (&place, "it must hold the section 'door %.*s' and no"
                   " other", (int)len, name);
  free (path);
  return err;
}


/* What access.conf tells of by a hook has one.  */
static gpg_error_t
check_events (struct loader *l)
{
  config_t config = l->config;
  struct conf_place place = { NULL, 0, NULL, l->r_message };
  gpg_error_t err = 0;
  char *path;
  int i;

  if (asprintf (&path, "%s/access.conf", config->dir) < 0)
    return gpg_error_from_syserror ();
  place.file = path;
  for (i = 0; !err && i < CONFIG_N_EVENTS; i++)
    if (config->on_event[i]
        && !config_hook_by_name (config, config->on_event[i]))
      err = conf_fail (&place, "there is no hook '%s', which on-open or"
                       " one of its kind names", config->on_event[i]);
  free (path);
  return err;
}


static gpg_error_t
check_backends (struct loader *l)
{
  struct conf_place place = { NULL, 0, NULL, l->r_message };
  gpg_error_t err;
  char *path;

  if (asprintf (&path, "%s/access.conf", l->config->dir) < 0)
    return gpg_error_from_syserror ();
  place.file = path;
  err = config_backend_check (&place, l->config);
  free (path);
  return err;
}


/* Neither would a directory that cannot be asked be noticed sooner.  */
static gpg_error_t
check_ldaps (struct loader *l)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < l->config->n_ldaps; i++)
    err = config_ldap_check_files (&l->config->ldap[i], l->r_message);
  return err;
}


static gpg_error_t
load_doors (struct loader *l)
{
  l->n_doors = l->config->n_doors;
  return load_folder (l, "doors/", &config_grammar_doors, check_door_file);
}


static gpg_error_t
load_all (struct loader *l)
{
  config_t config = l->config;
  gpg_error_t err;

  err = conf_files_open_dir (AT_FDCWD, config->dir, config->dir, &l->dirfd,
                             l->r_message);
  if (!err)
    err = load_file (l, l->dirfd, "", "posternd.conf",
                     &config_grammar_posternd);
  if (!err)
    err = load_server (l);
  if (!err)
    err = check_posternd (l);
  if (!err)
    err = load_doors (l);
  if (!err)
    err = load_file (l, l->dirfd, "", "access.conf", &config_grammar_access);
  if (!err)
    err = load_folder (l, "users.d/", &config_grammar_users, NULL);
  if (!err)
    err = check_events (l);
  if (!err)
    err = check_backends (l);
  if (!err)
    err = config_doors_check (config, l->r_message);
  if (!err)
    err = check_ldaps (l);
  if (!err)
    memcpy (config->hash, gcry_md_read (l->md, GCRY_MD_SHA256),
            CONFIG_HASHLEN);
  return err;
}


gpg_error_t
config_load (const char *dir, config_t *r_config, char **r_message)
{
  struct conf_place place = { dir, 0, NULL, r_message };
  struct loader l = { NULL, -1, NULL, 0, r_message };
  gpg_error_t err;

  *r_config = NULL;
  if (r_message)
    *r_message = NULL;
  err = new_config (dir, &l.config);
  if (!err)
    err = gcry_md_open (&l.md, GCRY_MD_SHA256, 0);
  if (!err)
    err = load_all (&l);
  if (err && r_message && !*r_message)
    conf_fail_with (err, &place, "cannot read the configuration: %s",
                    gpg_strerror (err));
  if (!err)
    {
      *r_config = l.config;
      l.config = NULL;
    }
  config_release (l.config);
  gcry_md_close (l.md);
  if (l.dirfd >= 0)
    close (l.dirfd);
  return err;
}


gpg_error_t
config_add_user (config_t config, const char *name, const void *text,
                 size_t len, char **r_message)
{
  gpg_error_t err;
  size_t before = config->n_users;
  char *path;

  *r_message = NULL;
  if (asprintf (&path, "%s/users.d/%s.conf", config->dir, name) < 0)
    return gpg_error_from_syserror ();
  err = conf_parse_copy (path, text, len, &config_grammar_users, config,
                         r_message);
  while (err && config->n_users > before)
    release_user (config->user + --config->n_users);
  free (path);
  return err;
}


void
config_drop_user (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (!strcmp (config->user[i].name, name))
      {
        release_user (config->user + i);
        config->n_users--;
        memmove (config->user + i, config->user + i + 1,
                 (config->n_users - i) * sizeof *config->user);
        return;
      }
}


size_t
config_door_by_name (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_doors; i++)
    if (!strcmp (config->door[i].name, name))
      return i;
  return CONFIG_MAX_DOORS;
}


const struct config_user *
config_user_by_name (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (!strcmp (config->user[i].name, name))
      return &config->user[i];
  return NULL;
}


const struct config_user *
config_user_by_fpr (config_t config, const char *fpr)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (!strcmp (config->user[i].fpr, fpr))
      return &config->user[i];
  return NULL;
}


const struct config_rule *
config_rule_by_name (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (!strcmp (config->rule[i].name, name))
      return &config->rule[i];
  return NULL;
}


static bool
list_has (const struct strlist *list, const char *text)
{
  size_t i;

  for (i = 0; i < list->n; i++)
    if (!strcmp (list->item[i], text))
      return true;
  return false;
}


const struct config_ldap *
config_ldap_by_name (config_t config, const char *name)
{
  size_t i;

  for (i = 0; i < config->n_ldaps; i++)
    if (!strcmp (config->ldap[i].name, name))
      return &config->ldap[i];
  return NULL;
}


const char *
config_require_name (enum config_require_kind kind)
{
  static const char *const names[] = { "", "crypt", "shadow", "ldap" };

  return names[kind];
}


bool
config_requires_any (config_t config)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (config->rule[i].require.kind)
      return true;
  for (i = 0; i < config->n_commands; i++)
    if (config->command[i].terms.require.kind)
      return true;
  return false;
}


bool
config_user_has_login (const struct config_user *user, const char *name)
{
  return !strcmp (user->name, name) || list_has (&user->logins, name);
}


/* In one of GROUPS without an end.  */
static bool
is_in (const struct config_user *user, const struct strlist *groups)
{
  size_t i;

  for (i = 0; i < user->groups.n; i++)
    if (list_has (groups, user->groups.item[i]))
      return true;
  return false;
}


/* The latest end of those of GROUPS that USER is in until then; 0: none has
   one that is to come.  */
static uint64_t
latest_end (const struct config_user *user, const struct strlist *groups,
            time_t now)
{
  uint64_t ends = 0;
  size_t i;

  for (i = 0; i < user->n_until; i++)
    if (user->until[i].ends > (uint64_t)now && user->until[i].ends > ends
        && list_has (groups, user->until[i].group))
      ends = user->until[i].ends;
  return ends;
}


bool
config_user_in (const struct config_user *user,
                const struct strlist *groups, time_t now)
{
  return is_in (user, groups) || latest_end (user, groups, now);
}


bool
config_rule_has_user (const struct config_rule *rule,
                      const struct config_user *user, time_t now)
{
  return list_has (&rule->users, user->name)
    || config_user_in (user, &rule->groups, now);
}


uint64_t
config_rule_user_ends (const struct config_rule *rule,
                       const struct config_user *user, time_t now)
{
  return list_has (&rule->users, user->name) || is_in (user, &rule->groups)
    ? 0 : latest_end (user, &rule->groups, now);
}


static bool
terms_have_use_for (const struct config_rule *terms,
                    const struct config_user *user, time_t now)
{
  return config_rule_has_user (terms, user, now)
    || config_approval_has_user (&terms->approval, user, now);
}


bool
config_has_use_for (config_t config, const struct config_user *user,
                    time_t now)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (terms_have_use_for (&config->rule[i], user, now))
      return true;
  for (i = 0; i < config->n_commands; i++)
    if (terms_have_use_for (&config->command[i].terms, user, now))
      return true;
  return false;
}


static bool
from_allows (const struct config_rule *rule, const struct net_addr *addr)
{
  size_t i;

  for (i = 0; i < rule->n_from; i++)
    if (netspec_prefix_contains (&rule->from[i], addr))
      return true;
  return !rule->n_from;
}


static bool
hours_allow (const struct config_rule *rule, time_t now)
{
  struct tm tm;
  size_t i;

  if (!rule->n_hours)
    return true;
  if (!localtime_r (&now, &tm))
    return false;
  for (i = 0; i < rule->n_hours; i++)
    if (netspec_hours_contain (&rule->hours[i], &tm))
      return true;
  return false;
}


bool
config_terms_allow (const struct config_rule *terms,
                    const struct net_addr *addr,
                    const struct net_addr *observed,
                    time_t now, const char **r_why)
{
  *r_why = NULL;
  if (!from_allows (terms, addr) || !from_allows (terms, observed))
    *r_why = "from";
  else if (!hours_allow (terms, now))
    *r_why = "hours";
  return !*r_why;
}


bool
config_rule_allows (const struct config_rule *rule,
                    const struct port_set *ports,
                    const struct net_addr *addr,
                    const struct net_addr *observed,
                    time_t now, const char **r_why)
{
  const char *why;

  if (!ports->n || !netspec_ports_cover (&rule->ports, ports))
    why = "ports";
  else
    config_terms_allow (rule, addr, observed, now, &why);
  if (r_why)
    *r_why = why;
  return !why;
}


char *
config_state_path (config_t config, const char *name)
{
  char *path;

  return asprintf (&path, "%s/%s", config->state, name) < 0 ? NULL : path;
}
