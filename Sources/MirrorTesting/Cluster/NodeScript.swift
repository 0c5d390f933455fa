/// What makes a set of namespaces into a machine.
enum NodeScript {
    /// `$1` a directory that all machines see, `$2` the built programs, `$3` the host name, `$4` the size of the tree's
    /// file system.
    ///
    /// /var, /tmp, /run and /root are replaced as a whole, so that nothing has to exist outside. What lies in /root's
    /// directories stays visible, since a toolchain may be installed there; .ssh and the shell's start-up files do not,
    /// which would slow each login down by as much as they do at home. The programs get a second name first, as they
    /// may lie below one of those directories.
    static let text = """
        stage=$1 programs=$2
        hostname "$3"
        mount --bind "$programs" "$stage/program"
        mount -t tmpfs -o mode=700 home "$stage/home"
        for entry in /root/* /root/.[!.]*; do
          name=${entry#/root/}
          [ -d "$entry" ] && [ ! -L "$entry" ] && [ "$name" != .ssh ] || continue
          mkdir "$stage/home/$name"
          mount --rbind "$entry" "$stage/home/$name"
        done
        mkdir -m 700 "$stage/home/.ssh"
        mount --move "$stage/home" /root
        mount -t tmpfs -o mode=755 var /var
        mount -t tmpfs -o mode=1777 tmp /tmp
        mount -t tmpfs -o mode=755 run /run
        mkdir -p /var/log /var/lib/lockstep /var/lib/nginx /var/cache /var/www /run/lock /run/sshd
        mkdir -m 1777 /var/tmp
        ln -s /run /var/run
        ln -s /run/lock /var/lock
        mkdir /var/www/mariusv
        mount -t tmpfs -o mode=755,size="$4" www /var/www
        mkdir /var/www/mariusv
        # sshd without PAM refuses an account whose password field begins with "!", which is how Debian's installer
        # leaves root where sudo is used.
        touch /run/shadow
        chmod 600 /run/shadow
        sed -n 's/^\\([^:]*\\):.*/\\1:*:19000:0:99999:7:::/p' /etc/passwd >/run/shadow
        mount --bind /run/shadow /etc/shadow
        ip link set lo up
        """
}
