// Serves MongoDB's protocol on 127.0.0.1: java -cp JARS Launcher.java PORT FILE
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

public class Launcher {
    /** What drivers of today ask for; the operations used by the stores have not changed since. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(7, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 21;
        }
    };

    public static void main(String[] arguments) {
        H2Backend backend = new H2Backend(arguments[1]);
        backend.version(VERSION);
        MongoServer server = new MongoServer(backend);
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
        // SIGTERM: what was answered is in the file.
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    }
}
