/* profile.h - The hosts that a person has joined.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * DIR (default $XDG_CONFIG_HOME/postern, mode 0700) holds hosts.d/NAME.conf
 * (what the invite says of a host), doors/NAME.key (the door key, base64,
 * 0600), keys/NAME.pgp (the server's public key, as gpg --export gives it),
 * and hosts.conf: what the person sets for one host or, in the section
 * "default", for all.  postern-hosts.conf(5) describes both.
 *
 * hosts.conf is the person's own and must never be written, but for once: the
 * hosts that an older Postern wrote there are moved to hosts.d.  */

#ifndef POSTERN_CLIENT_PROFILE_H
#define POSTERN_CLIENT_PROFILE_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/wire/invite.h"
#include "../../common/base/netspec.h"
#include "../client-options.h"

#define PROFILE_MAX_HOSTS 1000
#define PROFILE_MAX_COMMAND 1024
#define PROFILE_PORT 62201      /* If neither host nor default has one.  */

/* What replaces options that are not on the command line.  */
struct profile_settings
{
  unsigned int set;             /* Bits of client-options.h: what is given.  */
  uint32_t seconds;             /* OPTION_FOR.  */
  unsigned int timeout;         /* OPTION_TIMEOUT: seconds.  */
  int family;                   /* OPTION_FAMILY.  */
  struct net_addr source;       /* OPTION_SOURCE; AF_UNSPEC: observed.  */
  bool no_bind;                 /* OPTION_NO_BIND.  */
  size_t command_len;           /* Of the command that prints the password; */
  char command[PROFILE_MAX_COMMAND];    /* each argument has its NUL.  */
};

struct profile_host
{
  char name[NETSPEC_NAMELEN + 1];       /* What the person calls it.  */
  char host[NETSPEC_NAMELEN + 1];       /* What it calls itself.  */
  unsigned int n_addresses;
  char address[INVITE_MAX_ADDRESSES][INVITE_ADDRLEN + 1];
  uint16_t port;
  char server[NETSPEC_FPRLEN + 1];      /* Its key.  */
  char signer[NETSPEC_FPRLEN + 1];      /* The person's.  */
  char user[NETSPEC_NAMELEN + 1];
  char door[NETSPEC_NAMELEN + 1];
  uint64_t door_ends;                   /* 0: never.  */
  struct port_set ports;                /* n == 0: not given.  */
  char credential[NETSPEC_NAMELEN + 1]; /* A rule there asks for a password:
                                           crypt, shadow, ldap; or empty.  */
  uint64_t serial;                      /* Of the invite.  */
  uint64_t joined;                      /* Unix seconds.  */
  struct profile_settings settings;     /* Its own, else the default's.  */
};

typedef struct profile_s *profile_t;

/* Read the profile in DIR (NULL: the default); one that is not there is
   empty.  With WRITE the folders are made, nobody else may write before
   profile_close, and the hosts of an older Postern's hosts.conf are moved to
   hosts.d, of which a line is said.  On failure *R_MESSAGE is the message,
   to be freed with gpgrt_free.  */
gpg_error_t profile_open (const char *dir, int write, profile_t *r_profile,
                          char **r_message);
void profile_close (profile_t profile);

/* The same for VERB: what is wrong is logged.  Without WRITING the hosts of
   an older hosts.conf are moved too, if that is possible.  Returns -1 to
   go on, or an exit code.  */
int profile_open_for (const char *verb, const char *dir, bool writing,
                      profile_t *r_profile);

/* The folder; the profile's.  */
const char *profile_dir (profile_t profile);

/* Hosts are good until the profile is changed or closed.  */
size_t profile_count (profile_t profile);
const struct profile_host *profile_get (profile_t profile, size_t i);

/* What "default" says of the ports of all hosts; n == 0: nothing.  */
const struct port_set *profile_default_ports (profile_t profile);

/* HOST as its invite and the defaults make it, without what the person's own
   section of hosts.conf says of it.  */
void profile_without_own (profile_t profile, const struct profile_host *host,
                          struct profile_host *r_host);

/* The name of the next section of hosts.conf, from number *I on, that is for
   no host that was joined; NULL: there is none.  *I moves beyond it.  */
const char *profile_stray (profile_t profile, size_t *i);

/* True if hosts.conf has hosts that are to be moved to hosts.d.  */
bool profile_is_old (profile_t profile);

/* NULL: not joined.  */
const struct profile_host *profile_find (profile_t profile,
                                         const char *name);

/* The one host that is reached at ADDRESS; NULL: none or several.  */
const struct profile_host *profile_by_address (profile_t profile,
                                               const char *address);

/* The name that is nearest to NAME, or NULL.  */
const char *profile_nearest (profile_t profile, const char *name);

/* Read the door key of HOST; one that others can read is refused.  */
gpg_error_t profile_door_key (profile_t profile,
                              const struct profile_host *host,
                              unsigned char key[INVITE_DOORLEN],
                              char **r_message);

/* The path of the server's public key, to be freed with gpgrt_free; NULL
   with errno.  */
char *profile_key_path (profile_t profile, const struct profile_host *host);

/* Read that file into *R_DATA, to be freed.  Errors as file_read_plain.  */
gpg_error_t profile_server_key (profile_t profile,
                                const struct profile_host *host,
                                unsigned char **r_data, size_t *r_len);

/* Before gpg reads that file itself: it must be a plain one, or *R_MESSAGE
   says so.  */
gpg_error_t profile_check_key (profile_t profile,
                               const struct profile_host *host,
                               char **r_message);

/* These three need a profile that is open for writing.  A crash leaves the
   old file of a host or the new one; others cannot read it.  */

/* Store HOST (a new one, or one in place of that name) with its keys.  Its
   settings are ignored: they are the person's.  */
gpg_error_t profile_put (profile_t profile, const struct profile_host *host,
                         const unsigned char door_key[INVITE_DOORLEN],
                         const void *server_key, size_t server_key_len,
                         char **r_message);

/* Rename the host NAME, or finish that; sections of hosts.conf are
   left alone.  GPG_ERR_NOT_FOUND if it was not joined, GPG_ERR_EEXIST if
   NEW_NAME was.  */
gpg_error_t profile_rename (profile_t profile, const char *name,
                            const char *new_name, char **r_message);

/* Forget the host NAME and its keys.  GPG_ERR_NOT_FOUND.  */
gpg_error_t profile_remove (profile_t profile, const char *name,
                            char **r_message);

#endif /*POSTERN_CLIENT_PROFILE_H*/
