/* folders.h - The folders of a server: who owns what.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md has the table.  */

#ifndef POSTERN_KEYS_FOLDERS_H
#define POSTERN_KEYS_FOLDERS_H

#include <stdbool.h>
#include <sys/types.h>
#include <gpg-error.h>

/* Create the roles' system users that are missing, with useradd.  On failure
   *R_WHAT is the user that could not be created.  */
gpg_error_t folders_make_users (const char **r_what);

/* Create the folder PATH for USER (NULL: root) with MODE.  If MODE has rights
   for the group, root owns it and the group is USER's.  An existing folder is
   changed to that.  */
gpg_error_t folders_make (const char *path, const char *user, mode_t mode);

/* Make USER the owner of PATH and everything below (two levels, as GnuPG homes
   have).  */
gpg_error_t folders_give (const char *path, const char *user);

/* Let USER's group read the files in PATH, which stay root's.  */
gpg_error_t folders_share (const char *path, const char *user);

/* Delete the folder PATH with all that is in it; it need not exist.  No link
   is followed.  */
gpg_error_t folders_remove (const char *path);

/* End the gpg-agent of the GnuPG home PATH, if one runs there, and wait until
   it is gone: it must not keep a secret that only root may use, nor delete
   the next agent's socket.  */
void folders_end_agent (const char *path);

/* True if every folder on the way to PATH can be entered by all.  */
bool folders_reachable (const char *path);

#endif /*POSTERN_KEYS_FOLDERS_H*/
