/* profile-parts.h - What the files of the module profile share.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * From the bottom up: host-options has the table of options, profile-text
 * the texts, profile-file the files, profile-read puts the hosts together,
 * profile-keys has the files of keys, profile-takeover moves the hosts of an
 * older Postern's hosts.conf, profile-open opens the folder, profile-store
 * changes it, and profile finds hosts in it.  */

#ifndef POSTERN_CLIENT_PROFILE_PARTS_H
#define POSTERN_CLIENT_PROFILE_PARTS_H

#include "../../common/conf/conf-files.h"
#include "host-options.h"
#include "profile.h"

struct profile_s
{
  char *dir;
  int lock;                     /* -1: open for reading.  */
  struct profile_host defaults; /* The section 'default' of hosts.conf, ... */
  size_t n_own;
  struct profile_host *own;     /* ... and its sections of hosts.  */
  size_t n;
  struct profile_host *joined;  /* What the invites said, ...  */
  struct profile_host *host;    /* ... and the result of all of it.  */
};

/* The one of the N hosts of LIST that is called NAME, or NULL.  */
struct profile_host *profile_named (struct profile_host *list, size_t n,
                                    const char *name);

/* True for a section of hosts.conf that is all of a host, as an older Postern
   wrote it; what an invite says goes to hosts.d when the profile is opened
   for writing.  */
bool profile_is_whole (const struct profile_host *own);

/* A required option that HOST does not have, or NULL.  */
const char *profile_missing_option (const struct profile_host *host);

/* Read the LEN bytes of TEXT, which is called FILE in messages: hosts.conf
   into PROFILE's defaults and own sections, of which there are none yet; or
   the file of one host into HOST, which has its name.  */
gpg_error_t profile_parse_own (profile_t profile, const char *file,
                               const char *text, size_t len,
                               char **r_message);
gpg_error_t profile_parse_joined (struct profile_host *host,
                                  const char *file, const char *text,
                                  size_t len, char **r_message);

/* The text of the file of HOST, or of hosts.conf, to be freed.
   GPG_ERR_INV_VALUE for a host that could not be read again.  */
gpg_error_t profile_print_joined (const struct profile_host *host,
                                  char **r_text, char **r_message);
gpg_error_t profile_print_own (profile_t profile, char **r_text);

/* Open the profile's folder, which must belong to the person or root, and
   which nobody else may write.  */
gpg_error_t profile_open_dir (profile_t profile, int *r_fd,
                              char **r_message);

/* The path of the file FOLDER NAME END ("doors/", "web1", ".key"), to be freed
   with gpgrt_free; NULL with errno.  */
char *profile_path (profile_t profile, const char *folder, const char *name,
                    const char *end);

/* Write that file: a crash leaves the old one or the new one, and others
   cannot read it.  */
gpg_error_t profile_write_file (profile_t profile, const char *folder,
                                const char *name, const char *end,
                                const void *data, size_t len,
                                char **r_message);

/* Write what hosts.d has of HOST.  GPG_ERR_INV_VALUE with a message if it
   is not valid.  */
gpg_error_t profile_write_joined (profile_t profile,
                                  const struct profile_host *host,
                                  char **r_message);

/* Rename the file of the host NAME, or with NEW_NAME NULL remove it.  */
gpg_error_t profile_move_joined (profile_t profile, const char *name,
                                 const char *new_name, char **r_message);

/* Read all, in place of what was read before.  */
gpg_error_t profile_read (profile_t profile, char **r_message);

/* Free what profile_read read.  */
void profile_forget (profile_t profile);

/* If hosts.conf has whole hosts, move them to hosts.d; PROFILE is open for
   writing, and was read.  */
gpg_error_t profile_take_over (profile_t profile, char **r_message);

/* The two files of keys of a host: written, copied for another name,
   whether one is there, and removed (what is not there passes).  */
gpg_error_t profile_keys_write (profile_t profile, const char *name,
                                const unsigned char *door_key,
                                const void *server_key, size_t len,
                                char **r_message);
gpg_error_t profile_keys_copy (profile_t profile,
                               const struct profile_host *host,
                               const char *new_name, char **r_message);
bool profile_keys_exist (profile_t profile, const char *name);
gpg_error_t profile_keys_remove (profile_t profile, const char *name,
                                 char **r_message);

/* Remove what a write that was interrupted has left.  */
void profile_sweep (profile_t profile);

#endif /*POSTERN_CLIENT_PROFILE_PARTS_H*/
