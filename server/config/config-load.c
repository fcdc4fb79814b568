/* config-load.c - The files of a configuration, read and checked whole.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All files are read in one order, and their bytes hashed as they are read:
 * two processes that have the same hash go by the same configuration.  */

#include "config.h"

#include <fcntl.h>
#include <gcrypt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "config-parts.h"
#include "../../common/conf/conf-files.h"

struct loader
{
  config_t config;
  int dirfd;
  gcry_md_hd_t md;
  size_t n_doors;               /* That are looked at.  */
  char **r_message;
  char *path;                   /* Of PLACE.  */
  struct conf_place place;
};


/* The file NAME of the configuration, for what is wrong with all of it; good
   until the next call.  */
static const struct conf_place *
place_of (struct loader *l, const char *name)
{
  free (l->path);
  if (asprintf (&l->path, "%s/%s", l->config->dir, name) < 0)
    l->path = NULL;
  l->place.file = l->path ? l->path : name;
  l->place.r_message = l->r_message;
  return &l->place;
}


/* The tables of posternd.conf and access.conf have all that there is.  */
void
config_release (config_t config)
{
  size_t i;

  if (!config)
    return;
  conf_release (config_grammar_posternd.options,
                config_grammar_posternd.sections, config);
  conf_release (config_grammar_access.options,
                config_grammar_access.sections, config);
  for (i = 0; i < CONFIG_ORDERS; i++)
    free (config->order[i]);
  free (config);
}


/* A configuration of defaults.  */
static gpg_error_t
new_config (const struct conf_place *place, config_t *r_config)
{
  config_t config = calloc (1, sizeof *config);

  *r_config = config;
  if (!config)
    return gpg_error_from_syserror ();
  config->dir = strdup (place->file);
  if (!config->dir)
    return gpg_error_from_syserror ();
  return conf_preset (place, config_posternd_options, config);
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
  const struct conf_place *place = place_of (l, "posternd.conf");
  config_t config = l->config;

  if (!config->host)
    return conf_fail (place, "host is missing; add host = 'NAME', the name"
                      " that requests carry");
  if (!*config->server_fpr)
    return conf_fail (place, "server is missing; 'postern-keys init' makes"
                      " the server's key and writes it");
  if (config->interfaces.n > 1 && strlist_has (&config->interfaces, "any"))
    return conf_fail (place, "interfaces: 'any' must be the only one");
  return 0;
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
  char own[NETSPEC_FPRLEN + 1];
  gpg_error_t err;

  memcpy (own, l->config->server_fpr, sizeof own);
  err = load_file (l, l->dirfd, "", "server.conf", &config_grammar_server);
  err = forget_missing (err, l->r_message);
  if (err || !*own || !strcmp (own, l->config->server_fpr))
    return err;
  return conf_fail (place_of (l, "posternd.conf"), "server names another"
                    " key than server.conf, as in a file of an older"
                    " development build; remove the line here");
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
  size_t len = strlen (name) - strlen (".conf");
  char file[NAME_MAX + 8];
  struct config_door *door;

  if (config->n_doors == l->n_doors + 1)
    {
      door = config->door + l->n_doors;
      door->own_file = strlen (door->name) == len
        && !strncmp (door->name, name, len);
      l->n_doors += door->own_file;
      if (door->own_file)
        return 0;
    }
  snprintf (file, sizeof file, "doors/%s", name);
  return conf_fail (place_of (l, file), "it must hold the section"
                    " 'door %.*s' and no other", (int)len, name);
}


/* What access.conf tells of by a hook has one.  */
static gpg_error_t
check_events (struct loader *l)
{
  const char *name;
  int i;

  for (i = 0; i < CONFIG_N_EVENTS; i++)
    if ((name = l->config->on_event[i])
        && !config_hook_by_name (l->config, name))
      return conf_fail (place_of (l, "access.conf"), "there is no hook '%s',"
                        " which an on-... option names", name);
  return 0;
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
    err = config_backend_check (place_of (l, "access.conf"), config);
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
  struct loader l = { .dirfd = -1, .r_message = r_message };
  gpg_error_t err;

  *r_config = NULL;
  if (r_message)
    *r_message = NULL;
  err = new_config (&place, &l.config);
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
  free (l.path);
  if (l.dirfd >= 0)
    close (l.dirfd);
  return err;
}
