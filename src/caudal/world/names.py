"""Word lists for made-up names. Common given names and surnames, joined at random: nobody real is meant."""

from __future__ import annotations

GIVEN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # culture: (women, men)
    "spanish": (
        tuple(
            "María Ana Luisa Carmen Rosa Elena Patricia Gabriela Daniela Valentina Camila Sofía Isabel Lucía Andrea "
            "Paola Verónica Claudia Adriana Mónica Teresa Juana Beatriz Silvia Natalia Carolina Mariana Alejandra Yesenia "
            "Karina Lorena Marisol Yolanda Graciela Norma Irma Esperanza Yuleidy Yaneth Maribel Fernanda Ximena Noelia "
            "Rocío Pilar Inés Josefina Milagros Yamileth Estefanía".split()
        ),
        tuple(
            "José Juan Luis Carlos Jorge Miguel Pedro Manuel Francisco Javier Andrés Diego Daniel Alejandro Fernando "
            "Ricardo Eduardo Roberto Sergio Rafael Raúl Óscar Iván Julio César Mario Alberto Ramón Enrique Gustavo "
            "Mauricio Rodrigo Esteban Felipe Gonzalo Hernán Ignacio Joaquín Leonardo Marcos Martín Nelson Orlando Pablo "
            "Rubén Saúl Tomás Víctor Wilmer Yeison Édgar Darwin Freddy Germán Gilberto Ángel Adrián Simón".split()
        ),
    ),
    "portuguese": (
        tuple(
            "Ana Beatriz Larissa Juliana Fernanda Camila Letícia Mariana Patrícia Aline Luana Raquel Bruna Débora Tatiane "
            "Vanessa Conceição Francisca".split()
        ),
        tuple(
            "João Paulo Antônio Marcos Rafael Thiago Lucas Gustavo Felipe Bruno Vinícius Caio Renato Sebastião Fábio "
            "Anderson Márcio Leandro".split()
        ),
    ),
    "english": (
        tuple(
            "Mary Linda Susan Karen Nancy Emily Megan Ashley Hannah Rachel Laura Amy Rebecca Kelly Heather Olivia Grace "
            "Alice Julia Sarah Jessica Amanda Melissa Stephanie Nicole Katherine".split()
        ),
        tuple(
            "James John Robert Michael William David Richard Joseph Thomas Charles Matthew Anthony Mark Steven Andrew "
            "Kevin Brian George Edward Ronald Timothy Jason Jeffrey Ryan Jacob Eric".split()
        ),
    ),
    "chinese": (
        tuple("Li Fang Mei Xiu Yan Jing Na Hui Lan Ying Xia Min Qian Yun Ling".split()),
        tuple("Wei Jun Ming Qiang Lei Tao Hao Bo Peng Jian Feng Chao Gang Bin Kai".split()),
    ),
    "arabic": (
        tuple("Fatima Aisha Layla Mariam Zahra Noor Salma Hana Rania Samira Yasmin Amina".split()),
        tuple("Ahmad Mohammed Ali Omar Hassan Khalil Yusuf Ibrahim Karim Samir Tariq Nabil Walid Jamal".split()),
    ),
}

SURNAMES: dict[str, tuple[str, ...]] = {
    "spanish": tuple(
        "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz "
        "Cruz Morales Reyes Gutiérrez Ortiz Chávez Ramos Ruiz Mendoza Álvarez Jiménez Castillo Vargas Romero Herrera "
        "Medina Aguilar Rojas Castro Fernández Guzmán Muñoz Salazar Contreras Delgado Silva Peña Ríos Vega Soto Mejía "
        "Cárdenas Navarro Campos Molina Cortés Espinoza Acosta Suárez Montoya Paredes Quispe Mamani Cabrera Figueroa "
        "Valencia Zambrano Villalobos Bravo Quintero Ochoa Barrios Escobar Rangel Marín Bermúdez Colmenares Urdaneta "
        "Briceño Graterol Mosquera Palacios Velásquez Zapata Arango Cano Duarte Galindo Hurtado Ibarra Juárez Lara "
        "Leiva Lozano Maldonado Miranda Montes Núñez Olivares Orozco Osorio Pacheco Padilla Parra Pineda Ponce Quiroga "
        "Robles Rosales Rubio Saavedra Salinas Sandoval Santana Sepúlveda Serrano Solano Tapia Toledo Trejo Trujillo "
        "Valdés Valenzuela Vera Vidal Villanueva Yáñez Zamora Zúñiga Arévalo Bustamante Carrasco Cifuentes Echeverría "
        "Fuentes Garrido Henríquez Inostroza Lagos Manríquez Ñancupil Oyarzún Pizarro Cuesta Alvarado Becerra Caicedo "
        "Bolaños Guevara Tovar Yépez Chacón Useche Pernía Ovalles Sulbarán Camejo Lugo Petit Salcedo Noguera".split()
    ),
    "portuguese": tuple(
        "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Nascimento Carvalho Araújo Ribeiro "
        "Barbosa Rocha Dias Moreira Nunes Mendes Freitas Cardoso Teixeira Correia Cavalcanti Gonçalves".split()
    ),
    "english": tuple(
        "Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Taylor Anderson Jackson White Harris Clark Lewis "
        "Walker Hall Young King Wright Hill Scott Green Baker Adams Nelson Carter Mitchell Turner Phillips Campbell "
        "Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Reed Bailey Cooper Ward Peterson Gray Hughes "
        "Foster Bryant Russell Hayes Whitaker Lindqvist Novak Kowalski Schroeder".split()
    ),
    "chinese": tuple(
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Tang Deng".split()
    ),
    "arabic": tuple(
        "Haddad Khoury Nasser Saleh Hamdan Mansour Aziz Darwish Fakhoury Habibi Jaber Kassem Najjar Rahman Sabbagh Shaheen "
        "Tawil Zayed Barakat Issa".split()
    ),
}

CULTURES = tuple(GIVEN)

NICKNAMES = tuple(
    "El Flaco,El Gordo,Chino,El Maracucho,Catire,La Doña,El Ingeniero,Pelón,El Contador,Gata,Mono,El Primo,El Paisa,"
    "Zurdo,El Llanero,Negra,El Profe,Pecas".split(",")
)

FIRM_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    # language -> kind of firm -> what it calls itself
    "es": {
        "shop": tuple(
            "Abarrotes,Tienda,Bodega,Minimercado,Farmacia,Panadería,Ferretería,Papelería,Carnicería,Frutería,Zapatería,"
            "Boutique,Librería,Óptica,Peluquería,Taller".split(",")
        ),
        "restaurant": tuple("Restaurante,Cafetería,Arepera,Taquería,Pollería,Pizzería,Marisquería,Comedor".split(",")),
        "wholesaler": tuple("Distribuidora,Comercializadora,Mayorista,Abastecedora,Depósito".split(",")),
        "manufacturer": tuple("Industrias,Manufacturas,Textiles,Plásticos,Alimentos,Metalúrgica,Molinos".split(",")),
        "importer": tuple("Importadora,Comercio Exterior,Importaciones y Exportaciones,Trading".split(",")),
        "landlord": tuple("Inmobiliaria,Bienes Raíces,Arriendos,Inversiones".split(",")),
        "dealer": tuple("Automotriz,Celulares,Electrónica,Autos,Motos".split(",")),
        "school": tuple("Colegio,Unidad Educativa,Iglesia,Jardín Infantil,Academia".split(",")),
        "processor": tuple("Pasarela,Pagos,Recaudos".split(",")),
        "payroll": tuple("Nóminas,Servicios de Personal,Gestión de Nómina".split(",")),
        "shell": tuple("Inversiones,Comercializadora,Servicios Generales,Soluciones,Consultoría,Logística".split(",")),
    },
    "en": {
        "shop": tuple("Market,Corner Store,Pharmacy,Bakery,Hardware,Grocery,Shoes,Books,Salon,Auto Repair".split(",")),
        "restaurant": tuple("Grill,Diner,Café,Kitchen,Taqueria,Pizza".split(",")),
        "wholesaler": tuple("Wholesale,Distribution,Supply,Foods Distribution".split(",")),
        "manufacturer": tuple("Manufacturing,Industries,Plastics,Textiles,Metal Works".split(",")),
        "importer": tuple("Imports,Import Export,Global Trade,Trading".split(",")),
        "landlord": tuple("Properties,Realty,Apartments,Housing".split(",")),
        "dealer": tuple("Motors,Wireless,Electronics,Auto Sales".split(",")),
        "school": tuple("Academy,Community Church,Preschool,Learning Center".split(",")),
        "processor": tuple("Payments,Merchant Services,Pay".split(",")),
        "payroll": tuple("Payroll,Staffing,Paymaster Services".split(",")),
        "shell": tuple("Global Trade,Consulting,Logistics,Ventures,Holdings,Supply".split(",")),
    },
    "pt": {
        "shop": tuple("Mercadinho,Padaria,Farmácia,Loja,Papelaria,Açougue".split(",")),
        "restaurant": tuple("Restaurante,Lanchonete,Churrascaria,Padoca".split(",")),
        "wholesaler": tuple("Distribuidora,Atacado,Comercial".split(",")),
        "manufacturer": tuple("Indústria,Confecções,Alimentos,Metalúrgica".split(",")),
        "importer": tuple("Importadora,Comércio Exterior".split(",")),
        "landlord": tuple("Imobiliária,Imóveis".split(",")),
        "dealer": tuple("Veículos,Celulares,Eletrônicos".split(",")),
        "school": tuple("Colégio,Igreja,Creche".split(",")),
        "processor": tuple("Pagamentos,Recebimentos".split(",")),
        "payroll": tuple("Folha Serviços,Recursos Humanos".split(",")),
        "shell": tuple("Comercial,Serviços,Soluções,Logística".split(",")),
    },
}

FIRM_NAMES: dict[str, tuple[str, ...]] = {
    "es": tuple(
        "La Esperanza,El Porvenir,San José,Santa Rosa,Los Andes,El Sol,La Estrella,Don Pancho,Doña Rosa,El Trébol,La Unión,"
        "Monte Verde,Río Grande,Las Palmas,El Roble,La Fortuna,Nuevo Mundo,El Progreso,La Victoria,Buenavista,San Miguel,"
        "La Colina,El Mirador,Los Pinos,La Sabana,El Tesoro,La Ceiba,Costa Azul,Agua Clara,Tres Hermanos,El Faro,La Perla,"
        "Punto Azul,Alfa,Omega,Delta,Cóndor,Quetzal,Turpial,Araguato,Jaguar,Alianza,Integral,Universal,Continental,Pacífico,"
        "Caribe,Andina,Austral,Oriente,Occidente,Centro,Premium,Express,Familiar,Popular,Central,Moderna,Tropical".split(",")
    ),
    "en": tuple(
        "Sunrise,Oak Hill,Blue River,Main Street,Lakeside,Golden Gate,Silver Creek,Pioneer,Liberty,Cedar,Maple,Eagle,Summit,"
        "Harbor,Prairie,Redwood,Coastal,Westside,Eastgate,Northstar,Southwind,Evergreen,Crown,Heritage,Union,Premier,Allied,"
        "Metro,Atlas,Beacon,Crescent,Dynasty,Everbright,Fortune,Golden Harvest,Jade,Lotus,Orient,Pearl,Phoenix".split(",")
    ),
    "pt": tuple(
        "Boa Vista,São Jorge,Santa Luzia,Bom Preço,Estrela,Rio Branco,Amazonas,Serra,Aurora,Primavera,União,Progresso,Tropical,"
        "Central,Ideal,Nova Era,Pantanal,Ipê".split(",")
    ),
}

STREETS = {
    "es": tuple("Calle,Carrera,Avenida,Av. Bolívar,Calle Real,Jirón,Pasaje".split(",")),
    "en": tuple("Main St,Oak Ave,Elm St,Maple Dr,Commerce Blvd,Cedar Ln".split(",")),
    "pt": tuple("Rua das Flores,Avenida Brasil,Rua do Comércio,Travessa".split(",")),
}
